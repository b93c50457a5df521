# bash completion for mtsweep. The program knows the candidates: verbs, options, and the fields and values of the sweep at hand.
# shellcheck shell=bash
_mtsweep() {
    local line=${COMP_LINE:0:COMP_POINT} now prefix='' candidate files words
    read -ra words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=('')
    now=${words[${#words[@]} - 1]}
    # bash itself takes what follows the last = or : for the word.
    [[ $now == *[=:]* ]] && prefix=${now%"${now##*[=:]}"}
    COMPREPLY=()
    while IFS=$'\t' read -r candidate _; do
        if [[ $candidate == @files* ]]; then
            compopt -o filenames 2>/dev/null
            files=${candidate#@files}
            while IFS= read -r candidate; do
                if [[ -z $files || -d $candidate || " $files " == *" .${candidate##*.} "* ]]; then COMPREPLY+=("$candidate"); fi
            done < <(compgen -f -- "${now#"$prefix"}")
        else
            [[ $candidate == *[=,] ]] && compopt -o nospace 2>/dev/null
            COMPREPLY+=("${candidate#"$prefix"}")
        fi
    done < <("${words[0]/#\~/$HOME}" complete -- "${words[@]:1}" 2>/dev/null)
}
complete -F _mtsweep mtsweep
