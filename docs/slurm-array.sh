#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# One task of a Slurm job array does one shard of a plan; docs/slurm.md tells
# how to make the plan and submit it:
#
#     sbatch --array=1-16 --export=ALL,WORK=...,OUT=...,KEY=... slurm-array.sh
#
# A task that is requeued goes on where its ledger ends: nothing is lost or
# double.
#SBATCH --job-name=dcmscrub
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --cpus-per-task=1
set -eu

shard=$SLURM_ARRAY_TASK_ID
ledger=$WORK/$shard.db

# exec: a signal of Slurm's must reach the program, not this shell.
run()
{
    exec "${DCMSCRUB:-dcmscrub}" batch -q --jobs "${SLURM_CPUS_PER_TASK:-1}" \
        --plan "$WORK/plan" --shard "$shard/${SHARDS:-$SLURM_ARRAY_TASK_MAX}" \
        --ledger "$ledger" --resume --key "$KEY" -o "$OUT" ${ARGS:-}
}

(run) || [ $? = 1 ] || exit
# Quarantined files give exit code 1, which is no failure of the job.
"${DCMSCRUB:-dcmscrub}" status "$ledger" | {
    left=0
    while read -r what value _; do
        case $what in
        state) [ "$value" = finished, ] || left=1 ;;
        failed) [ "$value" = 0 ] || left=1 ;;
        esac
    done
    exit $left
} || {
    echo "shard $shard is not done: run this task again" >&2
    exit 1
}
