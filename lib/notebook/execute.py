"""Executes notebooks with nbclient, each in its own folder, and writes them with their outputs.

The argument: JSON, {"kernel": name, "timeout": seconds a cell may take, "jobs": how many at once,
"notebooks": [{"source": file, "folder": where it runs, "target": file}]}.
Standard output: a JSON line for each cell, {"source", "cell" (from 0), "status", "error"}, as soon as
the cell is done. The status is the kernel's own reply: some errors leave no output in the notebook
(one in a cell's syntax, for instance), and nbclient would take such a cell for a good one.

The Deno kernel now and then says that a cell is done before it sends what the cell shows, and nbclient
then drops the output. So a fence is run after each cell, which shows a mark: outputs keep their order,
and once the mark is there, all that the cell showed is there too.
"""

import asyncio
import json
import queue
import sys

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

FENCE = 'await Deno.jupyter.display({ "text/plain": "fence" }, { raw: true });'
FENCE_SECONDS = 30


def tell(**line):
    print(json.dumps(line), flush=True)


async def await_outputs(client, cell, cell_index, cell_id):
    """Takes in what the kernel still sends of a cell, until the fence's mark."""
    fence_id = client.kc.execute(FENCE, store_history=False)
    while True:
        message = await client.kc.get_iopub_msg(timeout=FENCE_SECONDS)
        parent = message["parent_header"].get("msg_id")
        if parent == cell_id and message["msg_type"] != "status":
            client.process_message(message, cell, cell_index)
        if parent == fence_id and message["msg_type"] == "display_data":
            break
    while True:
        reply = await client.kc.get_shell_msg(timeout=FENCE_SECONDS)
        if reply["parent_header"].get("msg_id") == fence_id:
            return


async def execute(job, kernel, timeout):
    source = job["source"]
    notebook = nbformat.read(source, as_version=4)

    async def executed(cell, cell_index, execute_reply):
        cell_id = execute_reply["parent_header"]["msg_id"]
        await await_outputs(client, cell, cell_index, cell_id)
        content = execute_reply["content"]
        # Older kernels say "ok" and send the error as an output only.
        shown = next((o for o in cell["outputs"] if o["output_type"] == "error"), None)
        failed = content["status"] != "ok" or shown is not None
        said = shown or content
        tell(
            source=source,
            cell=cell_index,
            status="error" if failed else "ok",
            error=f"{said.get('ename', '')}: {said.get('evalue', '')}" if failed else "",
        )

    client = NotebookClient(
        notebook,
        kernel_name=kernel,
        timeout=timeout,
        allow_errors=True,
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": job["folder"]}},
        on_cell_executed=executed,
    )
    try:
        await client.async_execute()
    except (CellTimeoutError, DeadKernelError, queue.Empty) as error:
        lines = str(error).splitlines() or ["the kernel does not answer"]
        tell(source=source, cell=None, status="error", error=f"{type(error).__name__}: {lines[0]}")
    nbformat.write(notebook, job["target"])


async def main():
    request = json.loads(sys.argv[1])
    turn = asyncio.Semaphore(request["jobs"])

    async def one(job):
        async with turn:
            await execute(job, request["kernel"], request["timeout"])

    await asyncio.gather(*(one(job) for job in request["notebooks"]))


asyncio.run(main())
