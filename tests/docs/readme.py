"""Runs the README's examples as a reader would type them, one after the other in one empty folder.

A ```sh block after the line <!-- tested --> is run by `sh -eu`; what it prints must be the block that follows it.
"""
import os
import re
import subprocess
import sys
import tempfile

readme, library_folder, command_folder = sys.argv[1:]
text = open(readme, encoding="utf-8").read()
examples = re.findall(r"<!-- tested -->\n```sh\n(.*?)```\n```\n(.*?)```\n", text, re.DOTALL)
if len(examples) < 2:
    sys.exit(f"{readme}: only {len(examples)} tested examples found")

environment = {k: v for k, v in os.environ.items() if not k.startswith("AGENTINFRA_")}
environment["LD_LIBRARY_PATH"] = library_folder
environment["PATH"] = command_folder + ":" + environment["PATH"]
failed = 0
with tempfile.TemporaryDirectory() as folder:
    for script, expected in examples:
        done = subprocess.run(["sh", "-eu"], input=script, cwd=folder, env=environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        if done.returncode != 0 or done.stdout != expected:
            failed += 1
            print(f"--- the example\n{script}--- is said to print\n{expected}--- and printed (exit {done.returncode})\n{done.stdout}")
print(f"{len(examples) - failed} passed, {failed} failed")
sys.exit(failed > 0)
