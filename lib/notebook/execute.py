"""Executes notebooks with nbclient, each in its own folder, and writes them with their outputs.

Standard input: JSON, {"kernel": name, "timeout": seconds a cell may take, "jobs": how many at once,
"notebooks": [{"source": file, "folder": where it runs, "target": file}]}.
Standard output: a JSON line for each cell, {"source", "cell" (from 0), "status", "error"}, as soon as
the cell is done. The status is the kernel's own reply: some errors leave no output in the notebook
(one in a cell's syntax, for instance), and nbclient would take such a cell for a good one.
"""

import asyncio
import json
import sys

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError


def tell(**line):
    print(json.dumps(line), flush=True)


async def execute(job, kernel, timeout):
    source = job["source"]
    notebook = nbformat.read(source, as_version=4)

    def executed(cell, cell_index, execute_reply):
        content = execute_reply["content"]
        # Older kernels say "ok" and send the error as an output only.
        shown = next((o for o in cell.get("outputs", []) if o["output_type"] == "error"), None)
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
    except (CellTimeoutError, DeadKernelError) as error:
        reason = f"{type(error).__name__}: {str(error).splitlines()[0]}"
        tell(source=source, cell=None, status="error", error=reason)
    nbformat.write(notebook, job["target"])


async def main():
    request = json.load(sys.stdin)
    turn = asyncio.Semaphore(request["jobs"])

    async def one(job):
        async with turn:
            await execute(job, request["kernel"], request["timeout"])

    await asyncio.gather(*(one(job) for job in request["notebooks"]))


asyncio.run(main())
