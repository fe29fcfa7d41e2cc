"""A job of GitLab as one of GitHub, which the runner here knows: the same script with the same caches,
artefacts and rules. (`npx gitlab-ci-local --force-shell-executor` reads such a file as GitLab does.)"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

__all__ = ["as_workflow"]

_NOT_GITHUB = {"GITHUB_ACTIONS": "", "GITHUB_STEP_SUMMARY": ""}
_JOB = {"image", "timeout", "rules", "before_script", "script", "cache", "variables", "artifacts"}


def as_workflow(text: str, variables: Mapping[str, str]) -> str:
    """The workflow of the only job in `text`, for a pipeline with these predefined variables (CI_…). Raises
    AssertionError where no rule lets it run."""
    [(name, job)] = yaml.safe_load(text).items()
    assert set(job) <= _JOB, set(job) - _JOB
    mine = dict(job.get("variables", {}))
    rule = next((rule for rule in job.get("rules", [{}]) if _holds(rule.get("if", ""), variables)), None)
    assert rule is not None, "no rule lets the job run"
    mine |= rule.get("variables", {})
    cache, artifacts = job["cache"], job["artifacts"]
    assert set(cache) == {"key", "policy", "paths", "unprotect"}
    protected = variables.get("CI_COMMIT_REF_PROTECTED") == "true"
    key = cache["key"] if cache["unprotect"] else f"{cache['key']}-{'' if protected else 'non_'}protected"
    # One cache, written anew each time: here each has a name of its own.
    kept = {"path": "\n".join(cache["paths"]), "key": f"{key}-${{{{ github.run_id }}}}"}
    policy = re.sub(r"\$(\w+)", lambda one: mine[one[1]], cache["policy"])
    uploaded = [*artifacts.get("paths", []), *artifacts.get("reports", {}).values()]
    steps: list[dict[str, Any]] = [{"uses": "actions/checkout@v4"}]
    if "pull" in policy.split("-"):
        latest = {**kept, "restore-keys": f"{key}-"}
        steps.append({"uses": "actions/cache/restore@v4", "with": latest})
    script = "\n".join([*job.get("before_script", []), *job["script"]])
    steps.append(
        {"name": "script", "run": script, "shell": "bash", "env": {**_NOT_GITHUB, **variables, **mine}}
    )
    if "push" in policy.split("-"):
        steps.append({"uses": "actions/cache/save@v4", "with": kept})
    upload = {"name": "artifacts", "path": "\n".join(uploaded)}
    status = {"always": "always()", "on_success": "success()", "on_failure": "failure()"}[artifacts["when"]]
    steps.append({"uses": "actions/upload-artifact@v4", "if": status, "with": upload})
    # YAML 1.1 takes the word for a truth.
    document = {"name": "GitLab", True: "push", "jobs": {name: {"runs-on": job["image"], "steps": steps}}}
    return yaml.safe_dump(document, sort_keys=False)


def _holds(condition: str, variables: Mapping[str, str]) -> bool:
    """`$NAME == "value"` or `$NAME == $OTHER`, which is all the rules here say."""
    if not condition:
        return True
    found = re.fullmatch(r'\$(\w+) == (?:"([^"]*)"|\$(\w+))', condition)
    assert found is not None, condition
    other = variables.get(found[3]) if found[3] else found[2]
    return variables.get(found[1]) == other
