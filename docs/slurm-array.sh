#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# One task of a Slurm job array cleans one list of files; docs/slurm.md tells
# how to make the lists and submit it:
#
#     sbatch --array=0-3 --export=ALL,WORK=...,OUT=...,KEY=... slurm-array.sh
#
# A task that is requeued starts its list again. Files that are done already
# are written again with the same bytes, so nothing is lost or double.
#SBATCH --job-name=dcmscrub
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --cpus-per-task=1
set -eu

list=$WORK/$SLURM_ARRAY_TASK_ID.list
part=$WORK/$SLURM_ARRAY_TASK_ID.part
done=$WORK/$SLURM_ARRAY_TASK_ID.jsonl

[ ! -e "$done" ] || exit 0
rm -f "$part"
# A quarantined file gives exit code 1, which is no failure of the job; whether
# every file of the list has been dealt with is counted below.
tr '\n' '\0' <"$list" |
    xargs -0 -r "${DCMSCRUB:-dcmscrub}" clean -q --jobs "${SLURM_CPUS_PER_TASK:-1}" \
        --key "$KEY" --into-existing -o "$OUT" --report "$part" ${ARGS:-} ||
    echo "task $SLURM_ARRAY_TASK_ID: something was quarantined or failed" >&2
[ "$(wc -l <"$list")" = "$(wc -l <"$part")" ] || {
    echo "task $SLURM_ARRAY_TASK_ID: not every file was dealt with" >&2
    exit 1
}
mv "$part" "$done"
