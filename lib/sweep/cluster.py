"""A Slurm of its own for a test: one node, in a temporary folder, until standard input ends.

Tells in one line of JSON where its slurm.conf is, or why it could not be started. Its ports, key and
state are its own, so that it neither needs nor disturbs a Slurm of the system. However it is ended, it
ends every process that it or one of its jobs has started; see _cluster.ts.
"""

import ctypes
import getpass
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

# Jobs run side by side, also where there are fewer cores.
CPUS = 4
SECONDS = 30
PR_SET_CHILD_SUBREAPER = 36


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def configuration(folder):
    user, host = getpass.getuser(), socket.gethostname().split(".")[0]
    controller, node = free_ports(2)
    return f"""
ClusterName=fer-lab-test
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
# Seconds until a job that was put back into the queue begins again: 120 by default, and 5 at least.
AuthInfo=socket={folder}/munge.socket,cred_expire=5
AuthType=auth/munge
CredType=cred/munge
SlurmctldPort={controller}
SlurmdPort={node}
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=1,batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs={CPUS}
PartitionName=all Nodes=ALL Default=YES State=UP
"""


def start(folder):
    """Starts the daemons, in the foreground, so that they stay this process's own children."""
    for name in ("state", "spool"):
        (folder / name).mkdir()
    key = folder / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    conf = folder / "slurm.conf"
    conf.write_text(configuration(folder))
    env = {**os.environ, "SLURM_CONF": str(conf)}
    env["PATH"] += ":/usr/sbin:/sbin"

    def daemon(*command):
        log = (folder / f"{command[0]}.log").open("wb")
        return subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    files = ("key-file=munge.key", "socket=munge.socket", "pid-file=munged.pid")
    files += ("log-file=munged.log", "seed-file=munged.seed")
    # Forced, since it warns of the folder's owner.
    daemons = [daemon(
        *("munged", "--foreground", "--force"),
        *(f"--{name}={folder}/{file}" for name, file in (each.split("=") for each in files)),
    )]
    until(daemons, (folder / "munge.socket").exists)
    daemons += [daemon("slurmctld", "-D"), daemon("slurmd", "-D")]
    sinfo = ["sinfo", "--noheader", "--format=%T"]
    quiet = {"env": env, "stderr": subprocess.DEVNULL}
    until(daemons, lambda: b"idle" in subprocess.run(sinfo, stdout=subprocess.PIPE, **quiet).stdout)
    return conf


def until(daemons, is_so):
    """Waits until something is so, and no longer than the daemons run."""
    end = time.monotonic() + SECONDS
    while not is_so():
        ended = [each.args[0] for each in daemons if each.poll() is not None]
        if ended or time.monotonic() > end:
            raise RuntimeError(f"{ended[0]} has ended" if ended else f"not within {SECONDS} s")
        time.sleep(0.05)


def last_lines(folder):
    return {log.name: log.read_text(errors="replace")[-1000:] for log in folder.glob("*.log")}


def children():
    """The ids of this process's children: what has lost its own parent is one, too."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid():
            found.append(int(stat.parent.name))
    return found


def end_all():
    """Kills the children, which makes theirs ours, until there is none."""
    while processes := children():
        for process in processes:
            os.kill(process, signal.SIGKILL)
        for process in processes:
            os.waitpid(process, 0)


def main():
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    ended = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, lambda *_: ended.set())
    threading.Thread(target=lambda: (sys.stdin.buffer.read(), ended.set()), daemon=True).start()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fer-lab-slurm-"))
    try:
        print(json.dumps({"conf": str(start(folder))}), flush=True)
        ended.wait()
    except (OSError, RuntimeError) as error:
        print(json.dumps({"trouble": str(error), "logs": last_lines(folder)}), flush=True)
    finally:
        end_all()
        shutil.rmtree(folder, ignore_errors=True)


main()
