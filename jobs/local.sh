#!/bin/bash
# Runs a sweep on this machine: one worker a core, and one master, which hardly computes.
#
#     jobs/local.sh [-n WORKERS] SWEEP OUT [options of mtsweep run]
#
# Continues OUT where it stands, and starts again by itself if the launcher crashes, as long as OUT moves on. Ctrl-C (also
# TERM, HUP or USR1) stops at once and leaves OUT fit to be continued with the same line; a second Ctrl-C kills. The exit
# status is what OUT says: 0 all done, 1 some runs failed for good, 75 something is left; others as mtsweep run. MTSWEEP names
# the program, MPIRUN the launcher.
set -u

usage() {
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

workers=''
while getopts n:h option; do
    case $option in
    n) workers=$OPTARG ;;
    *) usage ;;
    esac
done
shift $((OPTIND - 1))
[[ $# -ge 2 && ${workers:-1} =~ ^[1-9][0-9]*$ ]] || usage
sweep=$1 out=$2
shift 2

here=$(cd "$(dirname "$0")/.." && pwd)
program=${MTSWEEP:-}
if [[ -z $program ]]; then
    # In the tree, where it was installed, or in the PATH.
    for program in "$here/build/mtsweep" "$here/../../bin/mtsweep" "$(command -v mtsweep)"; do [[ -x $program ]] && break; done
fi
if [[ -z $program ]]; then
    echo "local.sh: no program at $here/build/mtsweep and none in the PATH; run make, or set MTSWEEP" >&2
    exit 2
fi
[[ -n $workers ]] || workers=$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)

# The master mostly sleeps, so ranks may outnumber cores, and no rank is bound to one. In the environment these settings of
# Open MPI (4: OMPI_, 5: PRTE_) mean nothing to other launchers.
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_btl_vader_single_copy_mechanism=none
export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe PRTE_MCA_hwloc_default_binding_policy=none

# In a session of its own the launcher does not see the terminal's Ctrl-C, which would kill the ranks in mid-write.
launch=(setsid)
[[ $workers -gt 1 ]] && launch+=("${MPIRUN:-mpirun}" -n $((workers + 1)))
clear() {
    false
}

# shellcheck source=jobs/sweep.sh
. "$here/jobs/sweep.sh"
run_sweep "$@"
