# Sourced by the scripts beside it: runs a sweep under a launcher, starts it again when the launcher crashes, and says how the
# file stands. The caller sets
#
#     program    mtsweep
#     sweep out  the sweep file, and the file of results
#     launch     array: the launcher and its options; empty for none
#     left       seconds that there are; empty where nothing limits them. --deadline among the options goes before
#     clear      function: ends what a crashed launcher left behind; false if it cannot
#
# and calls `run_sweep [OPTIONS of mtsweep run]`, which returns the exit status that the script ends with: 0 all done, 1 some
# failed for good, 75 something left, by the file alone (mtsweep status --exit); or 2, 65, 74, 78, where mtsweep refused.
# Then `signals` names those that came, and `gave_up` is yes where crash followed crash.
# shellcheck shell=bash disable=SC2034,SC2154  # the caller sets and reads some

# A rank is a thread already.
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
# As root, as in a container, Open MPI wants to be asked (4: OMPI_, 5: PRTE_). Other launchers know nothing of it.
if [[ $(id -u) -eq 0 ]]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 PRTE_ALLOW_RUN_AS_ROOT=1 PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi

signals='' gave_up=no pid=''

# A launcher hands USR1 to its ranks; INT and TERM it takes for the end of the job, and kills. One that is still starting may
# miss it, so it is said again until the launcher has ended; a second signal kills.
stop() {
    local first=${signals:+no}
    signals="$signals $1"
    [[ -n $pid ]] || return
    if [[ $first == no ]]; then
        kill -TERM "$pid"
    else
        kill -USR1 "$pid"
        (while sleep 3 && kill -USR1 "$pid"; do :; done) </dev/null >/dev/null 2>&1 3>&- &
    fi
}

# seconds_of TEXT: "90", "15:00", "2:15:00" or "1-02:15:00" in seconds; nothing for other text.
seconds_of() {
    [[ $1 =~ ^(([0-9]+)-)?(([0-9]+):)?(([0-9]+):)?([0-9]+)$ ]] || return
    local days=${BASH_REMATCH[2]} hours=${BASH_REMATCH[4]} minutes=${BASH_REMATCH[6]} seconds=${BASH_REMATCH[7]}
    [[ -z $minutes ]] && minutes=$hours hours=''
    echo $((((10#0$days * 24 + 10#0$hours) * 60 + 10#0$minutes) * 60 + 10#$seconds))
}

# Sorts the options: a choice of runs is known to `mtsweep status`, too, and a deadline that this script understands holds
# for all starts together.
sort_options() {
    local seconds
    options=() choice=() until=''
    [[ -n ${left:-} ]] && until=$((SECONDS + left))
    while [[ $# -gt 0 ]]; do
        case $1 in
        --only | --ids | --shard)
            choice+=("$1" "${@:2:1}")
            options+=("$1" "${@:2:1}")
            shift
            ;;
        --only=* | --ids=* | --shard=*)
            choice+=("$1")
            options+=("$1")
            ;;
        --deadline | --deadline=*)
            seconds=$1
            [[ $1 == --deadline ]] && seconds="=${2:-}"
            seconds=$(seconds_of "${seconds#*=}")
            until=''
            if [[ -n $seconds ]]; then
                until=$((SECONDS + seconds))
                [[ $1 == --deadline ]] && shift
            else
                options+=("$1")
            fi
            ;;
        *) options+=("$1") ;;
        esac
        [[ $# -gt 0 ]] && shift
    done
}

# What changes when the sweep moves on: finished rows, and checkpoints.
standing() {
    "$program" status "$out" --json 2>/dev/null | grep -oE '"(done|diverged|failed)": [0-9]+' | head -n 3
    find "$out.checkpoint" -type f -printf '%f %s %T@\n' 2>/dev/null | sort
}

# The number of the last session, and its exit status, -1 where it was killed.
last_session() {
    "$program" status "$out" --json 2>/dev/null | grep -oE '"(number|exit)": -?[0-9]+' | tail -n 2
}

# A launcher that is killed takes a second to take its ranks along; until then the file is in use.
settle() {
    local i
    sleep "$1"
    clear && return
    for ((i = 0; i < 75; i++)); do
        "$program" status "$out" --json 2>/dev/null | grep -qE '"lock": "[^"]' || return
        sleep 1
    done
}

# Starts the launcher and waits for its end; returns its exit status. bash runs a trap only between commands: hence the
# launcher in the background and the loop around wait, which a trap ends early, with a status above 128.
launch_once() {
    local status deadline=()
    [[ -n $until ]] && deadline=(--deadline $((until > SECONDS ? until - SECONDS : 0)))
    "${launch[@]}" "$program" run "$sweep" -o "$out" "${deadline[@]}" "${options[@]}" </dev/null 3>&- &
    pid=$!
    [[ -z $signals ]] || kill -USR1 "$pid"
    while :; do
        wait "$pid" 2>/dev/null
        status=$?
        kill -0 "$pid" 2>/dev/null || break
    done
    pid=''
    return $status
}

# Whether to start again after a crash: as long as the file moves on, and five times where it does not.
again() {
    local now
    now=$(standing)
    [[ $now == "$before" ]] && tries=$((tries + 1)) || tries=0
    before=$now
    if [[ $tries -gt 5 ]]; then
        gave_up=yes
        echo "${0##*/}: the launcher crashed again (exit status $1) and $out did not move on in five starts; giving up" >&2
        return 1
    fi
    echo "${0##*/}: the launcher ended with status $1 and runs are left; starting again" >&2
    settle $((${MTSWEEP_PAUSE:-2} * tries))
    [[ -z $signals ]]
}

supervise() {
    local status file before session ended tries=0 until options choice
    sort_options "$@"
    before=$(standing)
    while :; do
        session=$(last_session)
        launch_once
        status=$?
        case $status in 2 | 65 | 74 | 78 | 126 | 127) return $status ;; esac
        if [[ ! -e $out ]]; then
            file=75
        else
            "$program" status "$out" --exit "${choice[@]}" >/dev/null
            file=$?
        fi
        # A session of this start that ended with 75 was asked to: a deadline, or a signal that did not come by this script;
        # one that ended with 1 has seen as many failed runs as it may. Where a rank has crashed (ABRT, BUS, FPE, KILL, SEGV),
        # srun and mpirun end the others with TERM: that nobody has asked for.
        ended=$(last_session)
        case $status in 134 | 135 | 136 | 137 | 139) ended=$session ;; esac
        if [[ $file -ne 75 || -n $signals || ($ended != "$session" && $ended == *'"exit": 75') ]]; then
            return $file
        fi
        [[ $ended != "$session" && $ended == *'"exit": 1' ]] && return 1
        again $status || return 75
    done
}

# Open MPI's mpirun ends the job when nobody reads its output any more; what stands between does not.
run_sweep() {
    local status reader=''
    trap 'stop INT' INT
    trap 'stop TERM' TERM
    trap 'stop HUP' HUP
    trap 'stop USR1' USR1
    if [[ -p /dev/stderr || -S /dev/stderr ]]; then
        exec 3>&2
        exec 2> >(trap '' INT TERM HUP USR1 PIPE; while IFS= read -r line; do echo "$line" >&3; done 2>/dev/null)
        reader=$!
    fi
    supervise "$@"
    status=$?
    if [[ -n $reader ]]; then
        exec 2>&3 3>&-
        wait "$reader"
    fi
    return $status
}
