/* refused_sweeps.h: every way in which a sweep file can be wrong, with the exact message. */
#ifndef MTSWEEP_TESTS_REFUSED_SWEEPS_H
#define MTSWEEP_TESTS_REFUSED_SWEEPS_H

#include "choices.h"

/* A text, and the message after "s.yaml:". */
typedef struct refusal {
    const char *text, *message;
} refusal;

#define GRID                                                                                       \
    "name: a\n"                                                                                    \
    "grid: {arch: [rnn, lstm], tasks: [2, 6, 24], seed: 0..4}\n"

static const refusal refusals[] = {
    /* text that is no text */
    {"", "1:1: the file is empty; a sweep file has at least 'name: ...'"},
    {"\n"
     "# only a comment\n",
     "1:1: the file is empty; a sweep file has at least 'name: ...'"},
    {"---\n"
     "...\n",
     "1:1: the file is empty; a sweep file has at least 'name: ...'"},
    {"name: a\n"
     "  \377\n",
     "2:3: not UTF-8 text; save the file as UTF-8"},
    {"name: caf\303\n", "1:10: not UTF-8 text; save the file as UTF-8"},
    {"name: a\n"
     "question: \355\240\200\n",
     "2:11: not UTF-8 text; save the file as UTF-8"},
    {"name: a\n"
     "# \300\200\n",
     "2:3: not UTF-8 text; save the file as UTF-8"},
    {"name: a\n"
     "question: \007\n",
     "2:11: control character 0x07; remove it"},
    {"name: \357\273\277a\n", "1:7: control character 0xfeff; remove it"},
    /* text that is no YAML */
    {"name: a\n"
     "grid: {arch: [rnn, lstm\n",
     "3:1: not YAML: did not find expected ',' or ']' while parsing a flow sequence; check "
     "indentation, brackets and quotes"},
    {"name: a\n"
     " b: c\n",
     "2:3: not YAML: mapping values are not allowed in this context; check indentation, brackets "
     "and quotes"},
    {"name: a\n"
     "\011grid: 3\n",
     "2:1: a tab; YAML wants blanks here, replace it"},
    {"name: a\n"
     "grid:\n"
     "  \011tasks: [2]\n",
     "3:3: a tab; YAML wants blanks here, replace it"},
    {"name: \"a\n", "2:1: not YAML: found unexpected end of stream while scanning a quoted scalar; "
                    "check indentation, brackets and quotes"},
    {"name: a\n"
     "- b\n",
     "2:1: not YAML: did not find expected key while parsing a block mapping; check indentation, "
     "brackets and quotes"},
    {"name: @a\n", "1:7: not YAML: found character that cannot start any token while scanning for "
                   "the next token; check indentation, brackets and quotes"},
    {"name: a\n"
     "grid:\n"
     "  arch: rnn\n"
     " tasks: 3\n",
     "4:2: not YAML: did not find expected key while parsing a block mapping; check indentation, "
     "brackets and quotes"},
    {"name: a: b\n", "1:8: not YAML: mapping values are not allowed in this context; check "
                     "indentation, brackets and quotes"},
    {"name: \"\\q\"\n", "1:8: not YAML: found unknown escape character while parsing a quoted "
                        "scalar; check indentation, brackets and quotes"},
    {"%YAML 3.0\n"
     "---\n"
     "name: a\n",
     "1:1: not YAML: found incompatible YAML document; check indentation, brackets and quotes"},
    /* YAML that a sweep file does not use */
    {"name: &x a\n", "1:7: anchor '&x': a sweep file has no anchors; write the value out"},
    {"grid: &g {seed: 1}\n"
     "name: a\n",
     "1:7: anchor '&g': a sweep file has no anchors; write the value out"},
    {"name: a\n"
     "set: *x\n",
     "2:6: a sweep file has no aliases ('*'); write the value out"},
    {"name: !!str a\n", "1:7: tag 'tag:yaml.org,2002:str': a sweep file has no tags; remove it"},
    {"name: a\n"
     "grid: !axes {seed: 1}\n",
     "2:7: tag '!axes': a sweep file has no tags; remove it"},
    {"name: a\n"
     "exclude: !!seq []\n",
     "2:10: tag 'tag:yaml.org,2002:seq': a sweep file has no tags; remove it"},
    {"name: a\n"
     "---\n"
     "name: b\n",
     "2:1: a second document; a sweep file has one"},
    {"name: a\n"
     "...\n"
     "---\n",
     "3:1: a second document; a sweep file has one"},
    {"name: a\n"
     "set: {<<: {tasks: 3}}\n",
     "2:7: unknown key '<<'; 'mtsweep fields' lists all"},
    {"name: a\n"
     "? [b]\n"
     ": c\n",
     "2:3: a key must be one word, not a list"},
    {"name: a\n"
     "? {b: 1}\n"
     ": c\n",
     "2:3: a key must be one word, not a mapping"},
    {"name: a\n"
     "grid: {seed: [[[[[[[[1]]]]]]]]}\n",
     "2:20: lists and mappings are nested too deeply"},
    {"name: \"a\\0b\"\n", "1:7: a NUL character in the value; remove it"},
    /* top level */
    {"- a\n", "1:1: a sweep file must be a mapping such as 'name: ...', not a list"},
    {"[name, a]\n", "1:1: a sweep file must be a mapping such as 'name: ...', not a list"},
    {"name\n", "1:1: a sweep file must be a mapping such as 'name: ...', not a value"},
    {"\"name: a\"\n", "1:1: a sweep file must be a mapping such as 'name: ...', not a value"},
    {"question: why\n", "1:1: the sweep has no name; add 'name: ...'"},
    {"nam: a\n",
     "1:1: unknown key 'nam'; did you mean 'name'? (a sweep file has name, question, claim, "
     "expect, grid, zip, set, measure, override, exclude)"},
    {"name: a\n"
     "gird: {seed: 1}\n",
     "2:1: unknown key 'gird'; did you mean 'grid'? (a sweep file has name, question, claim, "
     "expect, grid, zip, "
     "set, measure, override, exclude)"},
    {"name: a\n"
     "sweeps: 1\n",
     "2:1: unknown key 'sweeps'; a sweep file has name, question, claim, expect, grid, zip, set, "
     "measure, override, exclude"},
    {"name: a\n"
     "expect: id_r2 > 0.9\n",
     "2:9: 'expect' must be a list of comparisons, not a value"},
    {"name: a\n"
     "expect: [[id_r2]]\n",
     "2:10: 'expect' must be one line of text, not a list"},
    {"name: a\n"
     "batches: 100\n",
     "2:1: 'batches' is a field; put it under 'set' or 'grid'"},
    {"name: a\n"
     "name: b\n",
     "2:1: 'name' is given twice; remove one"},
    {"name: a\n"
     "set: {units: 3}\n"
     "set: {tasks: 3}\n",
     "3:1: 'set' is given twice; remove one"},
    {"name:\n", "1:6: name must be 1 to 64 letters, digits, '-', '_' or '.', not ''"},
    {"name: [a]\n", "1:7: 'name' must be one word, not a list"},
    {"name: {a: b}\n", "1:7: 'name' must be one word, not a mapping"},
    {"name: a b\n", "1:7: name must be 1 to 64 letters, digits, '-', '_' or '.', not 'a b'"},
    {"name: a/b\n", "1:7: name must be 1 to 64 letters, digits, '-', '_' or '.', not 'a/b'"},
    {"name: nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn\n",
     "1:7: name must be 1 to 64 letters, digits, '-', '_' or '.', not "
     "'nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn...'"},
    {"name: caf\303\251\n",
     "1:7: name must be 1 to 64 letters, digits, '-', '_' or '.', not 'caf\303\251'"},
    {"name: a\n"
     "question: [why]\n",
     "2:11: 'question' must be one line of text, not a list"},
    {"name: a\n"
     "question: |\n"
     "  one\n"
     "  two\n",
     "2:11: question must be one line of at most 240 bytes"},
    {"name: a\n"
     "question: \"a\\tb\"\n",
     "2:11: question must be one line of at most 240 bytes"},
    {"name: a\n"
     "question: "
     "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"
     "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"
     "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq\n",
     "2:11: question must be one line of at most 240 bytes"},
    {": a\n", "1:1: not YAML: did not find expected key while parsing a block mapping; check "
              "indentation, brackets and quotes"},
    /* grid */
    {"name: a\n"
     "grid:\n",
     "2:6: 'grid' has no axes; add one, or remove it"},
    {"name: a\n"
     "grid: {}\n",
     "2:7: 'grid' has no axes; add one, or remove it"},
    {"name: a\n"
     "grid: seed\n",
     "2:7: 'grid' must be a mapping of fields to values, not a value"},
    {"name: a\n"
     "grid: [seed]\n",
     "2:7: 'grid' must be a mapping of fields to values, not a list"},
    {"name: a\n"
     "grid:\n"
     "  ntask: [2, 3]\n",
     "3:3: unknown key 'ntask'; did you mean 'tasks'? ('mtsweep fields' lists all)"},
    {"name: a\n"
     "grid:\n"
     "  zzzzzz: 1\n",
     "3:3: unknown key 'zzzzzz'; 'mtsweep fields' lists all"},
    {"name: a\n"
     "grid:\n"
     "  tasks: 2\n"
     "  seed: 1\n"
     "  tasks: 3\n",
     "5:3: 'tasks' is given twice; remove one"},
    {"name: a\n"
     "grid:\n"
     "  tasks: []\n",
     "3:10: 'tasks' has no values; give at least one"},
    {"name: a\n"
     "grid:\n"
     "  tasks:\n"
     "  seed: 1\n",
     "3:9: 'tasks' has no values; give at least one"},
    {"name: a\n"
     "grid:\n"
     "  tasks: [2, x]\n",
     "3:14: tasks must be a whole number from 1 to 4096, not 'x'"},
    {"name: a\n"
     "grid:\n"
     "  tasks: [2, 0]\n",
     "3:14: tasks must be a whole number from 1 to 4096, not '0'"},
    {"name: a\n"
     "grid:\n"
     "  tasks: [2, 1.5]\n",
     "3:14: tasks must be a whole number from 1 to 4096, not '1.5'"},
    {"name: a\n"
     "grid:\n"
     "  tasks: [2, [3]]\n",
     "3:14: the values of 'tasks' must be words or numbers, not a list"},
    {"name: a\n"
     "grid:\n"
     "  tasks: {a: 3}\n",
     "3:10: 'tasks' takes a value or a list of values, not a mapping"},
    {"name: a\n"
     "grid:\n"
     "  tasks: [2, {a: 3}]\n",
     "3:14: the values of 'tasks' must be words or numbers, not a mapping"},
    {"name: a\n"
     "grid:\n"
     "  tasks: [2, ]\n"
     "  arch: [rnn, \"\", lstm]\n",
     "4:15: arch must be one of {arch}, not ''"},
    {"name: a\n"
     "grid:\n"
     "  arch: [rnn, lsmt]\n",
     "3:15: arch must be one of {arch}, not 'lsmt'; did you mean 'lstm'?"},
    {"name: a\n"
     "grid:\n"
     "  tasks: [2, 3, 2]\n",
     "3:10: 'tasks' has the value 2 twice; remove one"},
    {"name: a\n"
     "grid:\n"
     "  sigma: [0.1, 1e-1]\n",
     "3:10: 'sigma' has the value 0.1 twice; remove one"},
    {"name: a\n"
     "grid:\n"
     "  seed: [0..4, 3]\n",
     "3:9: 'seed' has the value 3 twice; remove one"},
    {"name: a\n"
     "grid:\n"
     "  seed: 4..0\n",
     "3:9: the range '4..0' of seed descends; write the smaller end first"},
    {"name: a\n"
     "grid:\n"
     "  seed: 0..x\n",
     "3:9: seed must be a whole number from 0 to 2147483647, not 'x'"},
    {"name: a\n"
     "grid:\n"
     "  seed: ..4\n",
     "3:9: seed must be a whole number from 0 to 2147483647, not ''"},
    {"name: a\n"
     "grid:\n"
     "  seed: 0..4..8\n",
     "3:9: a range such as '0..4..8' of seed is 'first..last' and has no step; list the values"},
    {"name: a\n"
     "grid:\n"
     "  seed: 0...4\n",
     "3:9: seed must be a whole number from 0 to 2147483647, not '.4'"},
    {"name: a\n"
     "grid:\n"
     "  seed: 0..2147483648\n",
     "3:9: seed must be a whole number from 0 to 2147483647, not '2147483648'"},
    {"name: a\n"
     "grid:\n"
     "  sigma: 0..1\n",
     "3:10: sigma takes no range such as '0..1', as it is no whole number; list the values"},
    {"name: a\n"
     "grid:\n"
     "  arch: rnn..lstm\n",
     "3:9: arch must be one of {arch}, not 'rnn..lstm'"},
    {"name: a\n"
     "grid:\n"
     "  kernels: [auto, blas]\n",
     "3:3: 'kernels' cannot be an axis, as it does not change what a run is; put it under 'set'"},
    {"name: a\n"
     "grid:\n"
     "  trace: [all, none]\n",
     "3:3: 'trace' cannot be an axis, as it is one value for all runs; put it under 'set'"},
    {"name: a\n"
     "grid:\n"
     "  seed: 0..10000000\n",
     "2:1: the grid has more than 10000000 runs; split the sweep"},
    {"name: a\n"
     "grid:\n"
     "  seed: 0..2147483647\n"
     "  tasks: 1..4096\n"
     "  batches: 0..1000000000\n",
     "2:1: the grid has more than 10000000 runs; split the sweep"},
    {"name: a\n"
     "grid:\n"
     "  arch: rnn\n"
     "  seed: 0..3333333\n"
     "  tasks: 1..3\n",
     "2:1: the grid has more than 10000000 runs; split the sweep"},
    /* zip */
    {"name: a\n"
     "zip: {seed: [1, 2]}\n",
     "2:6: 'zip' must be a list ('- ...'), not a mapping"},
    {"name: a\n"
     "zip: [seed]\n",
     "2:7: an entry of 'zip' must be a mapping of fields to values, not a value"},
    {"name: a\n"
     "zip: [{}]\n",
     "2:7: the zip group is empty; remove it"},
    {"name: a\n"
     "zip:\n"
     "  - {latents: [2, 4], units: [64, 128, 256]}\n",
     "3:30: the axes of a zip group need as many values each, but 'latents' has 2 and 'units' has "
     "3"},
    {"name: a\n"
     "zip:\n"
     "  - {latents: [2, 4], units: 64}\n",
     "3:30: the axes of a zip group need as many values each, but 'latents' has 2 and 'units' has "
     "1"},
    {"name: a\n"
     "zip:\n"
     "  - {latents: [2, 4]}\n"
     "  - {latents: [6]}\n",
     "4:6: 'latents' is an axis already (line 3); remove one"},
    {"name: a\n"
     "zip:\n"
     "  - {latents: [2, 4]}\n"
     "grid:\n"
     "  latents: [6]\n",
     "5:3: 'latents' is an axis already (line 3); remove one"},
    {"name: a\n"
     "zip:\n"
     "  - {latents: [2, 4, 2], units: [8, 9, 8]}\n",
     "3:5: entries 1 and 3 of the zip group are the same; remove one"},
    {"name: a\n"
     "zip:\n"
     "  - {tasks: [2, 2]}\n",
     "3:5: entries 1 and 2 of the zip group are the same; remove one"},
    {"name: a\n"
     "zip:\n"
     "  - {fold: [2, 2]}\n",
     "3:6: unknown key 'fold'; did you mean 'folds'? ('mtsweep fields' lists all)"},
    /* set */
    {"name: a\n"
     "set: [tasks]\n",
     "2:6: 'set' must be a mapping of fields to one value each, not a list"},
    {"name: a\n"
     "set: 3\n",
     "2:6: 'set' must be a mapping of fields to one value each, not a value"},
    {"name: a\n"
     "set:\n"
     "  batchs: 3\n",
     "3:3: unknown key 'batchs'; did you mean 'batch'? ('mtsweep fields' lists all)"},
    {"name: a\n"
     "set:\n"
     "  batches: [1, 2]\n",
     "3:12: 'set' takes one value of 'batches', not a list; 'grid' makes it an axis"},
    {"name: a\n"
     "set:\n"
     "  batches: {a: 2}\n",
     "3:12: 'set' takes one value of 'batches', not a mapping; 'grid' makes it an axis"},
    {"name: a\n"
     "set:\n"
     "  batches:\n",
     "3:11: batches must be a whole number from 0 to 1000000000, not ''"},
    {"name: a\n"
     "set:\n"
     "  batches: 1..3\n",
     "3:12: batches must be a whole number from 0 to 1000000000, not '1..3'"},
    {"name: a\n"
     "set:\n"
     "  sigma: -1\n",
     "3:10: sigma must be a number from 0 to 100, not '-1'"},
    {"name: a\n"
     "set:\n"
     "  dt: 0\n",
     "3:7: dt must be a number from 1e-06 to 1000000 ms, not '0'"},
    {"name: a\n"
     "set:\n"
     "  sigma: .nan\n",
     "3:10: sigma must be a number from 0 to 100, not '.nan'"},
    {"name: a\n"
     "set:\n"
     "  units: 0x40\n",
     "3:10: units must be a whole number from 1 to 4096, not '0x40'"},
    {"name: a\n"
     "set:\n"
     "  units: 64 # fine\n"
     "  units: 32\n",
     "4:3: 'units' is given twice; remove one"},
    {"name: a\n"
     "grid: {tasks: [2, 3]}\n"
     "set:\n"
     "  tasks: 4\n",
     "4:3: 'tasks' is an axis already (line 2); remove it from 'set'"},
    {"name: a\n"
     "set:\n"
     "  arch: LSTM\n",
     "3:9: arch must be one of {arch}, not 'LSTM'; did you mean 'lstm'?"},
    /* measure */
    {"name: a\n"
     "measure: {pca: yes}\n",
     "2:10: 'measure' must be a list of measures, not a mapping"},
    {"name: a\n"
     "measure: [pca, [sparsity]]\n",
     "2:16: a measure must be one word, not a list"},
    {"name: a\n"
     "measure:\n"
     "  - pca: yes\n",
     "3:5: a measure must be one word, not a mapping"},
    {"name: a\n"
     "measure: [sparsity, pac]\n",
     "2:21: unknown measure 'pac'; did you mean 'pca'? there are {measure}"},
    {"name: a\n"
     "measure: fixedpoints\n",
     "2:10: unknown measure 'fixedpoints'; did you mean 'fixed_points'? there are {measure}"},
    {"name: a\n"
     "measure: ['', pca]\n",
     "2:11: unknown measure ''; there are {measure}"},
    {"name: a\n"
     "measure: measure_pca\n",
     "2:10: unknown measure 'measure_pca'; there are {measure}"},
    {"name: a\n"
     "measure: [pca, sparsity, pca]\n",
     "2:26: measure 'pca' is given twice; remove one"},
    {"name: a\n"
     "measure: [sparsity, pca]\n"
     "set:\n"
     "  measure_pca: yes\n",
     "2:21: measure 'pca' is under 'set' too, as 'measure_pca' (line 4); remove one"},
    {"name: a\n"
     "set: {measure_pca: no}\n"
     "measure: pca\n",
     "3:10: measure 'pca' is under 'set' too, as 'measure_pca' (line 2); remove one"},
    {"name: a\n"
     "measure_pca: yes\n",
     "2:1: 'measure_pca' is a field; put it under 'set' or 'grid'"},
    {"name: a\n"
     "grid: {measure_pca: [no, yes]}\n",
     "2:8: 'measure_pca' cannot be an axis, as it is one value for all runs; put it under 'set'"},
    {"name: a\n"
     "measure: pca\n"
     "measure: pca\n",
     "3:1: 'measure' is given twice; remove one"},
    /* override */
    {GRID "override: {where: {arch: rnn}, set: {units: 3}}\n",
     "3:11: 'override' must be a list ('- ...'), not a mapping"},
    {GRID "override: [x]\n",
     "3:12: an override must be a mapping of 'where' and 'set', not a value"},
    {GRID "override:\n"
          "  - where: {arch: rnn}\n",
     "4:5: the override has no 'set'; add it"},
    {GRID "override:\n"
          "  - set: {units: 3}\n",
     "4:5: the override has no 'where'; add it"},
    {GRID "override:\n"
          "  - wher: {arch: rnn}\n"
          "    set: {units: 3}\n",
     "4:5: unknown key 'wher'; did you mean 'where'? (an override has where, set)"},
    {GRID "override:\n"
          "  - where: {arch: rnn}\n"
          "    units: 3\n",
     "5:5: 'units' is a field; put it under 'set'"},
    {GRID "override:\n"
          "  - where: {arch: rnn}\n"
          "    sets: {units: 3}\n",
     "5:5: unknown key 'sets'; did you mean 'set'? (an override has where, set)"},
    {GRID "override:\n"
          "  - where: {arch: rnn}\n"
          "    set: {units: 3}\n"
          "    where: {tasks: 2}\n",
     "6:5: 'where' is given twice; remove one"},
    {GRID "override:\n"
          "  - where: {}\n"
          "    set: {units: 3}\n",
     "4:12: the condition is empty and would hold for every run; remove it"},
    {GRID "override:\n"
          "  - where: [arch]\n"
          "    set: {units: 3}\n",
     "4:12: 'where' must be a mapping of axes to values, not a list"},
    {GRID "override:\n"
          "  - where: {arch: rnn}\n"
          "    set: {}\n",
     "5:10: the override sets nothing; remove it"},
    {GRID "override:\n"
          "  - where: {arch: rnn}\n"
          "    set:\n",
     "5:9: 'set' must be a mapping of fields to one value each, not a value"},
    {GRID "override:\n"
          "  - where: {archs: rnn}\n"
          "    set: {units: 3}\n",
     "4:13: unknown key 'archs'; did you mean 'arch'? ('mtsweep fields' lists all)"},
    {GRID "override:\n"
          "  - where: {units: 3}\n"
          "    set: {batches: 3}\n",
     "4:13: 'units' is no axis of this sweep, so no condition on it can hold; the axes are: arch, "
     "tasks, seed"},
    {GRID "override:\n"
          "  - where: {tasks: 3}\n"
          "    set: {batches: 3}\n",
     "4:13: axis 'tasks' has no value 3; it has 2, 6, 24"},
    {GRID "override:\n"
          "  - where: {seed: 3..6}\n"
          "    set: {batches: 3}\n",
     "4:13: axis 'seed' has no value 5; it has 0..4"},
    {GRID "override:\n"
          "  - where: {tasks: [2, 2]}\n"
          "    set: {batches: 3}\n",
     "4:20: 'tasks' has the value 2 twice; remove one"},
    {GRID "override:\n"
          "  - where: {tasks: []}\n"
          "    set: {batches: 3}\n",
     "4:20: 'tasks' has no values; give at least one"},
    {GRID "override:\n"
          "  - where: {tasks: two}\n"
          "    set: {batches: 3}\n",
     "4:20: tasks must be a whole number from 1 to 4096, not 'two'"},
    {GRID "override:\n"
          "  - where: {arch: rnn}\n"
          "    set: {batches: x}\n",
     "5:20: batches must be a whole number from 0 to 1000000000, not 'x'"},
    {GRID "override:\n"
          "  - where: {arch: rnn}\n"
          "    set: {tasks: 2}\n",
     "5:11: an override cannot set 'tasks', as it is an axis; drop runs with 'exclude'"},
    {GRID "override:\n"
          "  - where: {arch: rnn}\n"
          "    set: {trace_grid: 2}\n",
     "5:11: an override cannot set 'trace_grid', as it is one value for all runs; put it under the "
     "top level's 'set'"},
    /* exclude */
    {GRID "exclude: {arch: rnn}\n", "3:10: 'exclude' must be a list ('- ...'), not a mapping"},
    {GRID "exclude: [arch]\n",
     "3:11: an entry of 'exclude' must be a mapping of axes to values, not a value"},
    {GRID "exclude:\n"
          "  - {}\n",
     "4:5: the condition is empty and would hold for every run; remove it"},
    {GRID "exclude:\n"
          "  - {arch: tree}\n",
     "4:12: arch must be one of {arch}, not 'tree'"},
    {GRID "exclude:\n"
          "  - {arch: rnn_noleak}\n",
     "4:6: axis 'arch' has no value rnn_noleak; it has rnn, lstm"},
    {GRID "exclude:\n"
          "  - {sigma: 0.2}\n",
     "4:6: 'sigma' is no axis of this sweep, so no condition on it can hold; the axes are: arch, "
     "tasks, seed"},
    {"name: a\n"
     "exclude:\n"
     "  - {sigma: 0.2}\n",
     "3:6: 'sigma' is no axis of this sweep, so no condition on it can hold; the axes are: none"},
    {GRID "exclude:\n"
          "  - {arch: rnn}\n"
          "  - {arch: lstm}\n",
     "3:1: 'exclude' drops every run; remove a condition"},
    {"name: a\n"
     "grid: {sigma: [0.1, 0.3]}\n"
     "exclude: [{sigma: 0.2}]\n",
     "3:12: axis 'sigma' has no value 0.2; it has 0.1, 0.3"},
    /* combinations */
    {"name: a\n"
     "set: {dt: 200}\n",
     "1:1: dt must not be longer than tau, but dt is 200 ms and tau is 100 ms; lower dt or raise "
     "tau"},
    {"name: a\n"
     "set: {dt: 200}\n"
     "grid:\n"
     "  tau: [100, 300]\n",
     "3:1: the run tau=100: dt must not be longer than tau, but dt is 200 ms and tau is 100 ms; "
     "lower dt or raise tau"},
    {"name: a\n"
     "grid: {boundaries: [auto, fan], latents: [2, 4]}\n",
     "2:1: the run boundaries=fan, latents=4: boundaries fan needs latents 2, not 4; set "
     "boundaries to auto or random"},
    {"name: a\n"
     "grid: {arch: [rnn, gpt], heads: [4, 5]}\n",
     "2:1: the run arch=gpt, heads=5: arch gpt needs units to be a multiple of heads, but units is "
     "64 and heads is 5"},
    {"name: a\n"
     "grid: {latents: [2, 4]}\n"
     "override:\n"
     "  - where: {latents: 4}\n"
     "    set: {boundaries: fan}\n",
     "2:1: the run latents=4: boundaries fan needs latents 2, not 4; set boundaries to auto or "
     "random"},
    {"name: a\n"
     "set: {folds: sign_5}\n"
     "grid: {latents: [6, 4]}\n",
     "3:1: the run latents=4: folds sign_5 needs latents of at least 5, not 4; raise latents or "
     "set folds to sign_4"},
    {"name: a\n"
     "set: {folds: orthant}\n"
     "grid: {latents: [6, 8]}\n",
     "3:1: the run latents=8: folds orthant needs latents of at most 6, not 8; set folds to "
     "last_two"},
};

#endif
