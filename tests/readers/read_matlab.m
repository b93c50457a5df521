% Holds the package in matlab/ to what Python reads of the same file, in Octave.
%   octave --eval "cd tests/readers; read_matlab" with MTS_FILE, MTS_ROWS and MTS_MATLAB in the environment
addpath (getenv ("MTS_MATLAB"));
sweep = mtsweep.open (getenv ("MTS_FILE"));
faults = {};
compared = 0;
traces = weights = encoder = struct ();
last = NaN;
lines = strsplit (strtrim (fileread (getenv ("MTS_ROWS"))), "\n");
for i = 1:numel (lines)
  word = strsplit (lines{i}, " ");
  run = str2double (word{1});
  shape = str2double (word(3:end - 2));
  if (run != last)
    traces = mtsweep.traces (sweep, run);
    traces.noisy = strcmp (traces.kind, "noisy");
    traces.stimulus = strcmp (traces.phase, "stimulus");
    weights = mtsweep.weights (sweep, run);
    encoder = mtsweep.weights (sweep, run, "encoder");
    last = run;
  end
  part = strsplit (word{2}, ".");
  name = strjoin (part(2:end), ".");
  if (strcmp (part{1}, "trace"))
    value = traces.(name);
    right = isequal (size (squeeze (value)), size (squeeze (zeros ([fliplr(shape) 1]))));
  else
    table = merge (strcmp (part{1}, "encoder"), encoder, weights);
    value = table.(regexprep (name, '^(\d+)\.', 'block$1_'));
    right = isequal (size (value), shape);
    value = value.';
  end
  flat = double (value(:)).';
  sums = [sum(flat), sum(flat .* (1:numel (flat)))];
  want = str2double (word(end - 1:end));
  if (! right)
    faults{end + 1} = sprintf ("%s of run %d has size %s", word{2}, run, mat2str (size (value)));
  elseif (any (abs (sums - want) > 1e-9 * numel (flat) * (1 + sum (abs (flat)))))
    faults{end + 1} = sprintf ("%s of run %d has other numbers", word{2}, run);
  end
  compared++;
end
if (compared < 100)
  faults{end + 1} = sprintf ("only %d arrays", compared);
end
failed = report ("mtsweep.traces and mtsweep.weights give what Python gives", faults);

faults = {};
lines = mtsweep.table (sweep);
rows = numel (sweep.axis.run) * numel (sweep.axis.split) * numel (sweep.axis.fold) * numel (sweep.axis.fit);
if (numel (lines.r2) != rows || numel (lines.run) != rows || ! iscellstr (lines.split))
  faults{end + 1} = "number of lines";
end
at = find (lines.run == 1 & strcmp (lines.split, "ood") & strcmp (lines.fold, "x1 - x2 -"));
if (! isequaln (lines.r2(at), reshape (sweep.score.r2(:, 3, 2, 2), [], 1)))
  faults{end + 1} = "r2 of a run, split and fold";
end
if (! isfield (lines, "tasks") || isfield (lines, "batches") || ! isfield (lines, "ols_angle") || isfield (lines, "pair_angle"))
  faults{end + 1} = "columns";
end
waits = strcmp (lines.state, "pending");
if (! any (waits) || ! all (isnan (lines.r2(waits))) || any (isnan (lines.r2(! waits & strcmp (lines.split, "id")))))
  faults{end + 1} = "lines of pending runs";
end
failed += report ("mtsweep.table has a line a run, split, fold and fit", faults);

faults = {};
try
  mtsweep.traces (sweep, sweep.axis.run(find (strcmp (sweep.state.state, "pending"), 1)));
  faults{end + 1} = "a pending run has traces";
catch fault
  if (isempty (strfind (fault.message, "is pending: it has no results")))
    faults{end + 1} = fault.message;
  end
end
try
  mtsweep.open ("nothing.h5");
  faults{end + 1} = "a missing file opens";
catch fault
  if (isempty (strfind (fault.message, "nothing.h5: no such file")))
    faults{end + 1} = fault.message;
  end
end
failed += report ("the package in matlab/ says what is missing", faults);

warning ("off", "all"); % of toolkits and fonts
try
  place = axes ("parent", figure ("visible", "off"));
catch
  place = []; % no toolkit, or no fonts
end
if (isempty (place))
  printf ("ok mtsweep.plot # SKIP Octave cannot draw here\n");
else
  faults = {};
  axis = mtsweep.plot (sweep, "ood_r2", "tasks", "arch", place);
  drawn = findobj (axis, "type", "line");
  count = 0;
  for i = 1:numel (drawn)
    count += numel (get (drawn(i), "xdata"));
  end
  if (count != sum (strcmp (sweep.state.state, "done")))
    faults{end + 1} = sprintf ("%d dots", count);
  end
  failed += report ("mtsweep.plot draws a dot a finished run", faults);
end
exit (failed > 0);
