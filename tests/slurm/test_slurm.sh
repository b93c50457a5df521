#!/bin/bash
# jobs/slurm.sbatch and jobs/slurm-array.sbatch under a real SLURM: slurmctld and two slurmd on this machine alone, without
# systemd and munge, all files in a temporary directory. Needs slurmctld, slurmd and root; says so and counts as skipped
# where they are missing. Some minutes.
#
#     tests/slurm/test_slurm.sh [SECTION ...]      only these functions of it
set -u
cd "$(dirname "$0")/../.." || exit 1
root=$PWD

if ! command -v slurmctld >/dev/null || ! command -v slurmd >/dev/null || [[ $(id -u) -ne 0 ]]; then
    echo "ok - slurm # SKIP needs slurmctld, slurmd and root (tools/install-deps check-long)"
    exit 0
fi

dir=$(mktemp -d)
# A copy, since this takes minutes, in which somebody may build.
cp "${MTSWEEP:-build/mtsweep}" "$dir/mtsweep"
export SLURM_CONF=$dir/slurm.conf MTSWEEP=$dir/mtsweep OMPI_MCA_rmaps_base_oversubscribe=1
# The two nodes are one machine, on which the names of Open MPI's segments of shared memory would collide.
export OMPI_MCA_btl=self,tcp OMPI_MCA_btl_tcp_if_include=lo
mkdir -p "$dir"/{state,n1,n2}
port=$((20000 + RANDOM % 20000))
cat >"$SLURM_CONF" <<CONF
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/none
CredType=cred/none
AuthInfo=cred_expire=5
SlurmctldPort=$port
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool.%n
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.%n.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,bf_interval=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
ReturnToService=2
SlurmdTimeout=10
KillWait=5
MinJobAge=3600
TmpFS=$dir/n1
NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=4 State=UNKNOWN
NodeName=n2 NodeHostname=localhost NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=4 State=UNKNOWN
PartitionName=all Nodes=n[1-2] Default=YES MaxTime=INFINITE State=UP PriorityTier=1 GraceTime=20
PartitionName=urgent Nodes=n[1-2] MaxTime=INFINITE State=UP PriorityTier=10
CONF
# Without a folder of its own PMIx of the second node collides with that of the first.
sed "s|^TmpFS=.*|TmpFS=$dir/n2|" "$SLURM_CONF" >"$dir/n2.conf"

finish() {
    scancel --user="$(id -un)" 2>/dev/null
    local pid
    within 30 no_jobs
    # shellcheck disable=SC2013  # a pid a line
    for pid in $(cat "$dir"/*.pid 2>/dev/null); do
        kill "$pid" 2>/dev/null
        within 10 gone "$pid"
    done
    rm -rf "$dir"
}
no_jobs() {
    [[ -z $(squeue -h 2>/dev/null) ]]
}
gone() {
    ! kill -0 "$1" 2>/dev/null
}
trap finish EXIT

# within SECONDS COMMAND...: repeats the command until it succeeds; the seconds are those of a machine that has nothing else to do.
within() {
    local until=$((SECONDS + 5 * $1))
    shift
    until "$@"; do
        [[ $SECONDS -lt $until ]] || return 1
        sleep 0.5
    done
}

failed=0
touch "$dir/mark"
result() {
    if [[ $1 -eq 0 ]]; then
        echo "ok - $2"
    else
        echo "not ok - $2"
        failed=1
        find "$dir" -name '[0-9]*.log' -newer "$dir/mark" -exec tail -n 12 {} + | cut -c1-200 | sed 's/^/# /'
        tail -n 5 "$dir/slurmctld.log" | cut -c1-200 | sed 's/^/# /'
    fi
}

job_field() {
    scontrol show job -o "$1" | grep -oE "(^| )$2=[^ ]*" | head -1 | cut -d= -f2
}
job_is() {
    [[ $(job_field "$1" JobState) == "$2" ]]
}
nodes_idle() {
    [[ $(sinfo -h -p all -N -o %T 2>/dev/null | sort | uniq -c | tr -s ' ') == ' 2 idle' ]]
}
node_is() {
    [[ $(sinfo -h -p all -N -n "$1" -o %T) == "$2"* ]]
}
slurmd_of() {
    if [[ $1 == n1 ]]; then slurmd -N n1; else slurmd -f "$dir/n2.conf" -N n2; fi
}
log_has() {
    grep -q "$2" "$dir/$1.log" 2>/dev/null
}
# Number of runs of a file that are done.
done_runs() {
    "$MTSWEEP" status --json "$1" 2>/dev/null | grep -oE '"done": *[0-9]+' | head -1 | grep -oE '[0-9]+'
}
some_done() {
    [[ $(done_runs "$1") -gt 0 ]]
}
submit() {
    touch "$dir/mark"
    (cd "$dir" && sbatch --parsable --ntasks=3 --output="$dir/%j.log" "$@")
}

# ranks OUT: the process ids of the ranks that write it, in the order of their start.
ranks() {
    pgrep -f "^$MTSWEEP run .* -o $1( |\$)"
}
restarts_inside() {
    grep -c 'starting again' "$dir/$1.log"
}

slurmctld -i && slurmd_of n1 && slurmd_of n2 && within 30 nodes_idle
result $? 'SLURM is up, with two nodes'
[[ $failed -eq 0 ]] || exit 1

cat >"$dir/quick.yaml" <<YAML
name: quick
grid: {arch: [rnn, lstm], seed: 0..1}
set: {batches: 50, probe_batches: 20, trace: none}
YAML
cat >"$dir/slow.yaml" <<YAML
name: slow
grid: {seed: 0..11}
set: {batches: 8000, probe_batches: 20, trace: none}
YAML
sed 's/8000/1000/' "$dir/slow.yaml" >"$dir/mid.yaml"
sed 's/8000/100000000/' "$dir/slow.yaml" >"$dir/endless.yaml"
script=$root/jobs/slurm.sbatch
both='--nodes=2 --ntasks=4 --ntasks-per-node=2'
launchers=('srun --mpi=pmix --kill-on-bad-exit=1' mpirun)

both_nodes() {
    local launch out id
    for launch in "${launchers[@]}"; do
        out=$dir/plain-${launch%% *}.h5
        # shellcheck disable=SC2086  # a word list
        id=$(MTSWEEP_LAUNCH=$launch submit $both "$script" "$dir/quick.yaml" "$out")
        within 60 job_is "$id" COMPLETED && [[ $(done_runs "$out") -eq 4 && $(job_field "$id" NodeList) == 'n[1-2]' ]]
        result $? "a job over two nodes under ${launch%% *} ends complete"
        [[ $(grep -c "runs done" "$dir/$id.log") -eq 1 ]]
        result $? "and tells it once"
    done
    id=$(submit "$script" "$dir/quick.yaml" "$dir/default.h5")
    within 60 job_is "$id" COMPLETED && log_has "$id" 'srun --mpi=pmix --kill-on-bad-exit=1'
    result $? 'srun with pmix is the launcher where SLURM has it'
}

requeue() {
    local launch out id half
    for launch in "${launchers[@]}"; do
        out=$dir/requeue-${launch%% *}.h5
        # shellcheck disable=SC2086  # a word list
        id=$(MTSWEEP_LAUNCH=$launch submit $both "$script" "$dir/slow.yaml" "$out")
        within 60 some_done "$out"
        scancel -b -s USR1 "$id" # what --signal=B:USR1@120 sends before the time limit
        within 30 log_has "$id" 'exit status 75'
        result $? "USR1 stops the ranks under ${launch%% *}, with exit status 75"
        half=$(done_runs "$out")
        [[ $half -gt 0 && $half -lt 12 ]]
        result $? "what was done by then is in the file ($half of 12)"
        within 60 log_has "$id" 'start 2' && within 120 job_is "$id" COMPLETED
        result $? "the job puts itself back into the queue and ends complete"
        [[ $(done_runs "$out") -eq 12 && $(job_field "$id" Restarts) -eq 1 ]]
        result $? "all 12 runs are done after one restart"
    done
}

time_limit() {
    local id
    id=$(submit --time=2 --signal=B:USR1@60 "$script" "$dir/endless.yaml" "$dir/limit.h5")
    within 150 log_has "$id" 'exit status 75'
    result $? 'before the time limit SLURM signals, and the ranks stop'
    [[ $("$MTSWEEP" status "$dir/limit.h5" --json | grep -oE '"pending": [0-9]+' | head -1) == '"pending": 12' ]]
    result $? 'no row says running'
    within 60 log_has "$id" 'start 2' && ! job_is "$id" TIMEOUT
    result $? 'the job is back in the queue and starts again'
    scancel "$id"
    # Where nothing signals in time, the limit itself does not spoil the file, and a chain goes on.
    id=$(submit --time=1 --signal=CONT@1 "$script" "$dir/endless.yaml" "$dir/hard.h5")
    next=$(submit --dependency=afterany:"$id" "$script" "$dir/endless.yaml" "$dir/hard.h5" --deadline 2)
    within 150 job_is "$id" TIMEOUT
    result $? 'a job that gets no signal hits its limit'
    within 60 log_has "$next" 'exit status 75' && log_has "$next" '0 of 12 runs done'
    result $? 'the next of its chain (afterany) continues the file'
    scancel "$next"
}

cancel_and_chain() {
    local out first second third
    out=$dir/chain.h5
    first=$(MTSWEEP_REQUEUES=0 submit "$script" "$dir/slow.yaml" "$out")
    second=$(submit --dependency=afternotok:"$first" "$script" "$dir/slow.yaml" "$out")
    third=$(submit --dependency=afternotok:"$second" "$script" "$dir/slow.yaml" "$out")
    within 60 some_done "$out"
    scancel "$first"
    within 30 job_is "$first" CANCELLED && within 120 job_is "$second" COMPLETED
    result $? 'the next job of a chain continues after scancel'
    [[ $(done_runs "$out") -eq 12 ]]
    result $? 'the chain ends complete'
    within 30 job_is "$third" CANCELLED
    result $? 'the rest of the chain is dropped once the sweep is complete'
}

array() {
    local id i n=0
    id=$(submit --array=1-3 --ntasks=2 "$root/jobs/slurm-array.sbatch" "$dir/quick.yaml" "$dir/parts.h5")
    within 90 array_ends "$id" 3
    result $? 'an array of parts ends'
    for i in 1 2 3; do
        "$MTSWEEP" status "$dir/parts.$i.h5" --exit --shard "$i/3" >/dev/null
        result $? "part $i of 3 is done, in a file of its own"
        n=$((n + $(done_runs "$dir/parts.$i.h5" || echo 0)))
    done
    [[ $n -eq 4 ]]
    result $? "the parts are the sweep ($n of 4)"
    "$MTSWEEP" merge "$dir"/parts.[1-3].h5 -o "$dir/whole.h5" >/dev/null 2>&1 && [[ $(done_runs "$dir/whole.h5") -eq 4 ]]
    result $? 'and merge makes one file of them'
    # Of the last task SLURM_JOB_ID is the number of the whole array: what it does must touch itself alone.
    id=$(submit --array=1-2 --ntasks=2 "$root/jobs/slurm-array.sbatch" "$dir/slow.yaml" "$dir/own.h5")
    within 60 some_done "$dir/own.1.h5" && within 60 some_done "$dir/own.2.h5"
    scancel -b -s USR1 "${id}_2"
    within 60 grep -q "job ${id}_2, start 2" "$dir/$id.log" && within 150 array_ends "$id" 2
    result $? 'the last task goes back to the queue and ends complete'
    [[ $(job_field "${id}_1" Restarts) -eq 0 ]]
    result $? 'without the others'
    id=$(submit --array=2-3 "$root/jobs/slurm-array.sbatch" "$dir/quick.yaml" "$dir/gap.h5")
    within 60 array_failed "$id" && [[ -z $(find "$dir" -name 'gap*') ]]
    result $? 'an array that is not 1-N is refused'
}
array_ends() {
    [[ $(scontrol show job -o "$1" | grep -c 'JobState=COMPLETED') -eq $2 ]]
}
array_failed() {
    [[ $(scontrol show job -o "$1" | grep -c 'JobState=FAILED') -eq 2 ]]
}

one_file() {
    local first second out=$dir/shared.h5
    first=$(submit "$script" "$dir/slow.yaml" "$out")
    within 60 some_done "$out"
    second=$(submit "$script" "$dir/slow.yaml" "$out")
    within 90 job_is "$second" FAILED && log_has "$second" "in use by another sweep (host [^ ]*, pid [0-9]*, job $first," &&
        [[ $(job_field "$second" Restarts) -eq 0 && $(job_field "$second" ExitCode) == 74:0 ]]
    result $? 'a second job on one file is refused, with the number of the first'
    within 120 job_is "$first" COMPLETED && [[ $(done_runs "$out") -eq 12 ]]
    result $? 'the first is not disturbed'
    id=$(submit "$script" "$dir/quick.yaml" "$dir/nowhere/x.h5")
    within 60 job_is "$id" FAILED && [[ $(job_field "$id" Restarts) -eq 0 ]]
    result $? 'a job that cannot write fails and does not return to the queue'
}

preempted() {
    local id urgent out=$dir/preempted.h5
    # shellcheck disable=SC2086  # a word list
    id=$(submit $both "$script" "$dir/slow.yaml" "$out")
    within 60 some_done "$out"
    urgent=$(submit --partition=urgent --exclusive --nodes=2 --wrap 'sleep 3')
    within 60 log_has "$id" 'exit status 75'
    result $? 'a job that is preempted saves what it has'
    within 90 job_is "$urgent" COMPLETED && within 150 job_is "$id" COMPLETED
    result $? 'comes back after the urgent one, and ends complete'
    [[ $(done_runs "$out") -eq 12 && $(job_field "$id" Restarts) -ge 1 ]]
    result $? 'with all 12 runs'
}

node_down() {
    local launch id out
    for launch in "${launchers[@]}"; do
        out=$dir/down-${launch%% *}.h5
        # shellcheck disable=SC2086  # a word list
        id=$(MTSWEEP_LAUNCH=$launch submit $both "$script" "$dir/slow.yaml" "$out")
        within 60 some_done "$out"
        scontrol update nodename=n2 state=down reason=test
        within 60 job_is "$id" PENDING
        result $? "a job that loses a node goes back to the queue, ${launch%% *}"
        within 30 no_ranks "$out"
        result $? 'and none of its ranks is left'
        scontrol update nodename=n2 state=resume 2>/dev/null # or it is back by itself
        within 150 job_is "$id" COMPLETED && [[ $(done_runs "$out") -eq 12 && $(job_field "$id" Restarts) -eq 1 ]]
        result $? 'it ends complete when the node is back'
    done
}
no_ranks() {
    [[ -z $(ranks "$1") ]]
}

slurmd_killed() {
    local id out=$dir/slurmd.h5
    # shellcheck disable=SC2086  # a word list
    id=$(submit $both "$script" "$dir/slow.yaml" "$out")
    within 60 some_done "$out"
    kill -KILL "$(cat "$dir/slurmd.n2.pid")"
    within 90 node_is n2 down
    result $? 'a node whose slurmd is killed counts as down'
    slurmd_of n2
    within 180 job_is "$id" COMPLETED && [[ $(done_runs "$out") -eq 12 ]]
    result $? "the job ends complete all the same ($(job_field "$id" Restarts) restarts)"
    within 60 nodes_idle
}

crashes() {
    local launch id out
    for launch in "${launchers[@]}"; do
        out=$dir/crash-${launch%% *}.h5
        # shellcheck disable=SC2086  # a word list
        id=$(MTSWEEP_LAUNCH=$launch submit $both "$script" "$dir/slow.yaml" "$out")
        within 60 some_done "$out"
        kill -KILL "$(ranks "$out" | tail -n 1)"
        within 60 log_has "$id" 'starting again' && within 150 job_is "$id" COMPLETED
        result $? "a rank that is killed under ${launch%% *} does not end the job"
        [[ $(done_runs "$out") -eq 12 && $(job_field "$id" Restarts) -eq 0 && $(restarts_inside "$id") -eq 1 ]]
        result $? 'the script starts anew, once, and all 12 runs get done'
        out=$dir/launcher-${launch%% *}.h5
        # shellcheck disable=SC2086  # a word list
        id=$(MTSWEEP_LAUNCH=$launch submit $both "$script" "$dir/slow.yaml" "$out")
        within 60 some_done "$out"
        pkill -KILL -f "^${launch%% *} .*$out"
        within 60 log_has "$id" 'starting again' && within 150 job_is "$id" COMPLETED && [[ $(done_runs "$out") -eq 12 ]]
        result $? "nor does a ${launch%% *} that is killed"
    done
}

all_up() {
    [[ $(ranks "$1" | wc -l) -ge $2 ]]
}
# complete ID OUT: whether the job ends complete, in the bits of an undisturbed sweep.
complete() {
    [[ -e $dir/whole-mid.h5 ]] || "$MTSWEEP" run "$dir/mid.yaml" -o "$dir/whole-mid.h5" 2>/dev/null
    within 150 job_is "$1" COMPLETED && [[ $(done_runs "$2") -eq 12 ]] && "$MTSWEEP" diff "$dir/whole-mid.h5" "$2" >/dev/null
}

# Without --kill-on-bad-exit SLURM's PMIx ends the other ranks all the same, and with KILL.
unasked() {
    local id out=$dir/live.h5
    # shellcheck disable=SC2086  # a word list
    id=$(MTSWEEP_LAUNCH='srun --mpi=pmix --kill-on-bad-exit=0' submit $both "$script" "$dir/mid.yaml" "$out" --lost-after 5)
    within 60 some_done "$out"
    kill -KILL "$(ranks "$out" | tail -n 1)"
    complete "$id" "$out"
    result $? 'nor does a rank on the other node whose death srun is not to mind'
    [[ $(job_field "$id" Restarts) -eq 0 ]]
    result $? 'within one start of the job'
}

# At the start, and at any moment: a rank or srun killed, the step or the script told to stop.
chaos() {
    local i id out event
    for i in {1..8}; do
        out=$dir/chaos$i.h5
        # shellcheck disable=SC2086  # a word list
        id=$(submit $both "$script" "$dir/mid.yaml" "$out" --checkpoint 0.5)
        within 60 all_up "$out" 4
        [[ $i -le 3 ]] || sleep $((RANDOM % 6))
        event=$((i <= 3 ? 0 : RANDOM % 4))
        case $event in
        0) kill -KILL "$(ranks "$out" | shuf -n 1)" ;;
        1) pkill -KILL -f "^srun .*$out" ;;
        2) scancel "$id.0" ;;
        3) scancel -b -s USR1 "$id" ;;
        esac 2>/dev/null
        complete "$id" "$out"
        result $? "event $i of kind $event: the job ends complete, in the same bits"
    done
}

for section in "${@:-both_nodes}"; do $section; done
[[ $# -gt 0 ]] || for section in requeue time_limit cancel_and_chain array one_file preempted node_down slurmd_killed crashes unasked chaos; do $section; done
exit $failed
