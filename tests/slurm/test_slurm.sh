#!/bin/bash
# jobs/slurm.sbatch under a real SLURM: slurmctld and slurmd on this machine alone, without systemd and munge, all files in
# a temporary directory. Needs slurmctld, slurmd and root; says so and counts as skipped where they are missing.
set -u
cd "$(dirname "$0")/../.." || exit 1
root=$PWD

if ! command -v slurmctld >/dev/null || ! command -v slurmd >/dev/null || [[ $(id -u) -ne 0 ]]; then
    echo "ok - slurm # SKIP needs slurmctld, slurmd and root (apt-get install slurm-wlm)"
    exit 0
fi

dir=$(mktemp -d)
export SLURM_CONF=$dir/slurm.conf MTSWEEP=$root/build/mtsweep
mkdir -p "$dir"/{state,spool,tmp}
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
SlurmdPort=$((port + 1))
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,bf_interval=1
ReturnToService=2
KillWait=5
MinJobAge=3600
TmpFS=$dir/tmp
NodeName=localhost NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=all Nodes=localhost Default=YES MaxTime=INFINITE State=UP
CONF

finish() {
    scancel --user="$(id -un)" 2>/dev/null
    local pid
    # shellcheck disable=SC2013  # a pid a line
    for pid in $(cat "$dir"/*.pid 2>/dev/null); do
        kill "$pid" 2>/dev/null
        within 10 gone "$pid"
    done
    rm -rf "$dir"
}
gone() {
    ! kill -0 "$1" 2>/dev/null
}
trap finish EXIT

# within SECONDS COMMAND...: repeats the command until it succeeds.
within() {
    local until=$((SECONDS + $1))
    shift
    until "$@"; do
        [[ $SECONDS -lt $until ]] || return 1
        sleep 0.5
    done
}

failed=0
result() {
    if [[ $1 -eq 0 ]]; then
        echo "ok - $2"
    else
        echo "not ok - $2"
        failed=1
        tail -n 20 "$dir"/*.log | sed 's/^/# /'
    fi
}

job_field() {
    scontrol show job -o "$1" | grep -oE "(^| )$2=[^ ]*" | head -1 | cut -d= -f2
}
job_is() {
    [[ $(job_field "$1" JobState) == "$2" ]]
}
node_idle() {
    [[ $(sinfo -h -o %T 2>/dev/null) == idle ]]
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
    (cd "$dir" && sbatch --parsable --ntasks=3 --output="$dir/%j.log" "$@")
}

slurmctld -i && slurmd -N localhost && within 20 node_idle
result $? 'SLURM is up'
[[ $failed -eq 0 ]] || exit 1

cat >"$dir/quick.yaml" <<YAML
name: quick
grid: {arch: [rnn, lstm], seed: 0..1}
set: {batches: 50, probe_batches: 20, trace: none}
YAML
cat >"$dir/slow.yaml" <<YAML
name: slow
grid: {seed: 0..11}
set: {batches: 15000, probe_batches: 20, trace: none}
YAML

for launch in 'srun --mpi=pmix' mpirun; do
    out=$dir/plain-${launch%% *}.h5
    id=$(MTSWEEP_LAUNCH=$launch OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 submit "$root/jobs/slurm.sbatch" "$dir/quick.yaml" "$out")
    within 60 job_is "$id" COMPLETED && [[ $(done_runs "$out") -eq 4 ]]
    result $? "a job under ${launch%% *} ends complete"
done

export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
for launch in 'srun --mpi=pmix' mpirun; do
    out=$dir/requeue-${launch%% *}.h5
    id=$(MTSWEEP_LAUNCH=$launch submit "$root/jobs/slurm.sbatch" "$dir/slow.yaml" "$out")
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

out=$dir/chain.h5
first=$(MTSWEEP_REQUEUES=0 submit "$root/jobs/slurm.sbatch" "$dir/slow.yaml" "$out")
second=$(submit --dependency=afternotok:"$first" "$root/jobs/slurm.sbatch" "$dir/slow.yaml" "$out")
third=$(submit --dependency=afternotok:"$second" "$root/jobs/slurm.sbatch" "$dir/slow.yaml" "$out")
within 60 some_done "$out"
scancel "$first"
within 30 job_is "$first" CANCELLED && within 120 job_is "$second" COMPLETED
result $? 'the next job of a chain continues after scancel'
[[ $(done_runs "$out") -eq 12 ]]
result $? 'the chain ends complete'
within 30 job_is "$third" CANCELLED
result $? 'the rest of the chain is dropped once the sweep is complete'

id=$(submit "$root/jobs/slurm.sbatch" "$dir/quick.yaml" "$dir/nowhere/x.h5")
within 60 job_is "$id" FAILED && [[ $(job_field "$id" Restarts) -eq 0 ]]
result $? 'a job that cannot write fails and does not return to the queue'
exit $failed
