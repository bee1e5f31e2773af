#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The recipes of docs/slurm.md for Kubernetes and GNU parallel, taken from that
page and run here.

    apt-get install parallel kubernetes-client python3-yaml
    recipes.py PROGRAM TESTDATA

kubectl decodes the Job by its own types: a wrong type is an error, a word that
it does not know is missing in what it gives back. Then the container's very
command runs once for each JOB_COMPLETION_INDEX with the Job's environment, the
mount paths being folders here; one pod is killed and comes again. Then the
command of GNU parallel, without --sshloginfile. Not part of ./bootstrap test.
"""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
DOCS = os.path.join(HERE, "..", "..", "docs")
CHEAP = "--find masks --mask us-regions --mask builtin"


def blocks(title):
    """The indented text of a section."""
    with open(os.path.join(DOCS, "slurm.md"), encoding="utf-8") as f:
        section = re.search(r"^## %s\n(.*?)(?=^## |\Z)" % title, f.read(), re.M | re.S).group(1)
    return re.findall(r"(?:^    .*\n|^\n(?=    ))+", section, re.M)


def undented(text):
    return re.sub(r"^    ", "", text, flags=re.M)


def missing(want, got, at=""):
    if isinstance(want, dict):
        return [x for k, v in want.items() for x in (missing(v, got[k], at + "/" + k) if k in got else [at + "/" + k])]
    if isinstance(want, list):
        return [x for i, v in enumerate(want) for x in missing(v, got[i], "%s/%d" % (at, i))]
    return [] if want == got else [at]


def check_job(text):
    r = subprocess.run(["kubectl", "set", "image", "--local", "-f", "-", "clean=other", "-o", "json"], input=text,
                       capture_output=True, text=True, check=False)
    if r.returncode:
        raise SystemExit(r.stderr)
    odd = missing(yaml.safe_load(text), json.loads(r.stdout))
    if odd != ["/spec/template/spec/containers/0/image"]:
        raise SystemExit("kubectl does not know %s" % odd)
    print("kubectl knows every word of the Job")


class Place:
    def __init__(self, program, testdata):
        self.program = program
        self.folder = tempfile.mkdtemp(prefix="dsc-recipes-")
        self.data, self.secret = os.path.join(self.folder, "data"), os.path.join(self.folder, "key")
        os.makedirs(os.path.join(self.data, "work"))
        os.mkdir(self.secret)
        self.key = os.path.join(self.secret, "site.key")
        subprocess.run([program, "key", "new", self.key], check=True)
        shutil.copy(os.path.join(DOCS, "slurm-array.sh"), self.data)
        self.archive = os.path.join(self.data, "archive")
        shutil.copytree(testdata, self.archive)
        self.work, self.out = (os.path.join(self.data, n) for n in ("work", "out"))
        self.env = {"PATH": os.environ["PATH"], "HOME": self.folder, "DCMSCRUB": program, "ARGS": CHEAP}

    def plan(self, shards):
        for path in (self.work, self.out):
            shutil.rmtree(path, ignore_errors=True)
        os.mkdir(self.work)
        subprocess.run([self.program, "plan", self.archive, "--shards", str(shards), "--key", self.key, "-o",
                        os.path.join(self.work, "plan")], check=True)

    def merge(self, what):
        ledgers = [os.path.join(self.work, n) for n in sorted(os.listdir(self.work)) if n.endswith(".db")]
        subprocess.run([self.program, "merge", "--plan", os.path.join(self.work, "plan"), "-o",
                        os.path.join(self.folder, what + ".db")] + ledgers, check=True)
        left = [n for n in os.listdir(self.work) if re.search(r"-(begun|list|lock)", n)]
        files = {}
        for base, _, names in os.walk(self.out):
            for n in names:
                with open(os.path.join(base, n), "rb") as f:
                    files[os.path.relpath(os.path.join(base, n), self.out)] = f.read()
        if left or any(".dcmscrub-" in n for n in files):
            raise SystemExit("left: %s" % left)
        print("%s: %d outputs" % (what, len(files)))
        return files


def kubernetes(place, text):
    job = yaml.safe_load(text)["spec"]
    pod = job["template"]["spec"]["containers"][0]
    paths = {m["mountPath"]: {"data": place.data, "key": place.secret}[m["name"]] for m in pod["volumeMounts"]}

    def here(value):
        return re.sub(r"(?<![\w/])(/data|/key)(?=/)", lambda m: paths[m.group(1)], value)

    env = dict(place.env, **{e["name"]: here(e["value"]) for e in pod["env"]})
    place.plan(int(env["SHARDS"]))
    killed = 0
    for index in range(job["completions"]):
        for attempt in range(1 + job["backoffLimit"]):
            p = subprocess.Popen([here(c) for c in pod["command"]], env=dict(env, JOB_COMPLETION_INDEX=str(index)),
                                 start_new_session=True)
            ledger = os.path.join(place.work, "%d.db" % (index + 1))
            while not killed and p.poll() is None:
                if os.path.exists(ledger + "-begun-0") and os.path.getsize(ledger + "-begun-0"):
                    os.killpg(p.pid, signal.SIGKILL)
                    killed = index + 1
                    print("pod of shard %d is killed" % killed)
                time.sleep(0.002)
            if p.wait() == 0:
                break
            print("attempt %d of shard %d ended with %d" % (attempt + 1, index + 1, p.returncode))
    if not killed:
        raise SystemExit("no pod was killed")
    return place.merge("kubernetes")


def parallel(place, text):
    place.plan(4)
    text = text.replace("--sshloginfile nodes", "-j2").replace("seq 16", "seq 4").replace("SHARDS=16", "SHARDS=4")
    text = text.replace("$PWD/site.key", place.key)
    text = text.replace("--env SHARDS", "--env SHARDS --env DCMSCRUB --env ARGS")
    subprocess.run(["sh", "-ec", text], cwd=place.data, env=place.env, check=True)
    return place.merge("parallel")


def main():
    place = Place(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]))
    job = undented(blocks("Kubernetes")[0])
    try:
        check_job(job)
        if kubernetes(place, job) != parallel(place, undented(blocks("GNU parallel")[0])):
            raise SystemExit("the outputs differ")
        print("the same outputs, byte for byte")
    finally:
        shutil.rmtree(place.folder, ignore_errors=True)


if __name__ == "__main__":
    main()
