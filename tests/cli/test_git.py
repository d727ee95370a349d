"""agentinfra run --productive-if git: what counts as a change in the work tree, and what does not."""
import subprocess

import support


class Git(support.RoomTest):
    def setUp(self):
        super().setUp()
        self.tree = self.folder / "tree"
        for who in ("AUTHOR", "COMMITTER"):
            self.environment.update({f"GIT_{who}_NAME": "x", f"GIT_{who}_EMAIL": "x"})
        self.git("init", "-q", str(self.tree), cwd=self.folder)
        (self.tree / "sub").mkdir()
        (self.tree / "sub/file").write_text("1\n")
        self.git("add", ".")
        self.git("commit", "-qm", "first")

    def git(self, *words, cwd=None):
        subprocess.run(["git", *words], cwd=cwd or self.tree, env=self.environment, check=True)

    def status(self, script, cwd="sub"):
        done = self.agentinfra("run", "a", "--productive-if", "git", "--", "sh", "-c", script, cwd=self.tree / cwd)
        return self.last_run()["status"], done.stderr

    def test_what_is_productive(self):
        for script, expected in [
            ("true", "noop"),
            ("git status >&2; git log >/dev/null", "noop"),
            ("echo 2 > file", "completed"),
            ("true", "noop"),  # dirty before and after
            ("echo 3 > file", "completed"),  # the same status, another content
            ("git commit -qam second", "completed"),
            ("echo new > '../odd name'", "completed"),
            ("echo newer > '../odd name'", "completed"),
            ("git mv file moved", "completed"),
            ("echo more >> moved", "completed"),
            ("true", "noop"),
            ("touch /dev/null; exit 3", "failed"),
        ]:
            with self.subTest(script):
                self.assertEqual(self.status(script)[0], expected)

    def test_no_commit_yet(self):
        self.git("init", "-q", "empty")
        self.assertEqual(self.status("true", "empty")[0], "noop")
        self.assertEqual(self.status("echo > x", "empty")[0], "completed")

    def test_no_work_tree(self):
        status, stderr = self.status("true", "..")
        self.assertEqual(status, "completed")
        self.assertEqual(stderr, "agentinfra: run: --productive-if git: the working directory is in no git work "
                                 "tree; exit 0 counts as completed\n")


if __name__ == "__main__":
    support.main()
