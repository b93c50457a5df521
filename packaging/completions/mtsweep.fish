# fish completion for mtsweep. The program knows the candidates: verbs, options, and the fields and values of the sweep at hand.
function __mtsweep_complete
    set -l words (commandline -opc)
    set -l now (commandline -ct)
    for line in ($words[1] complete -- $words[2..-1] "$now" 2>/dev/null)
        if string match -q '@files*' -- $line
            set -l suffixes (string split -n ' ' -- $line)[2..-1]
            if test (count $suffixes) -eq 0
                __fish_complete_path $now
            else
                for suffix in $suffixes
                    __fish_complete_suffix $suffix
                end
            end
        else
            echo $line
        end
    end
end
complete -c mtsweep -f -a '(__mtsweep_complete)'
