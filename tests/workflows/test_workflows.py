"""Workflows and the recipes in the documentation: they say what there is, and every step of them runs, as the
runner of runner.py types it, with drawn load."""

from __future__ import annotations

import re
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest
import yaml

from pytest_rustide_load.scenarios import load_scenarios, load_suites
from tests.workflows.expressions import evaluate, interpolate, is_met
from tests.workflows.gitlab import as_workflow
from tests.workflows.recipes import RECIPES, ROOT, WORKFLOWS
from tests.workflows.runner import Event, Ran, Runner
from tests.workflows.stage import drawn_runner

OPTIONS = set(
    re.findall(r'"(--[a-z-]+)"', (ROOT / "pytest_rustide_load/plugin/options.py").read_text(encoding="utf-8"))
)


def commands(document: object) -> list[str]:
    """Every command line in it."""
    if isinstance(document, dict):
        found = [text for key, each in document.items() if key != "run" for text in commands(each)]
        return [*found, *([document["run"]] if isinstance(document.get("run"), str) else [])]
    if isinstance(document, list):
        return [text for each in document for text in commands(each)]
    return [document] if isinstance(document, str) and "pytest" in document else []


@pytest.mark.parametrize("name", [*WORKFLOWS, *RECIPES])
def test_its_options_and_scenarios_exist(name):
    document = yaml.safe_load({**WORKFLOWS, **RECIPES}[name])
    lines = "\n".join(commands(document))
    used = set(re.findall(r"--(?:load|ide)-[a-z-]+", lines))
    assert used <= OPTIONS
    names = {*load_scenarios(), *load_suites()}
    assert set(re.findall(r"--load-scenario=([a-z-]+)", lines)) <= names
    if "jobs" in document:
        # YAML 1.1 takes the word for a truth.
        assert True in document
        for job in document["jobs"].values():
            assert all("uses" in step or "run" in step for step in job["steps"])
            # What people type is never pasted into a shell.
            assert not [step for step in job["steps"] if "${{" in step.get("run", "")]


def test_the_gate_runs_compares_and_blocks_at_five_percent():
    document = yaml.safe_load(WORKFLOWS["performance.yml"])
    assert set(document[True]) == {"pull_request", "push"}
    [command] = [text for text in commands(document) if "--load-scenario" in text]
    assert "--load-scenario=critical-path" in command
    assert "--load-baseline=last" in command
    assert "--load-regression-threshold=5%" in command
    steps = document["jobs"]["performance-gate"]["steps"]
    assert not [step for step in steps if step.get("continue-on-error")]
    saved = next(step for step in steps if "cache/save" in step.get("uses", ""))
    assert saved["if"] == "github.ref == 'refs/heads/main'"


def test_the_recipe_has_twenty_lines():
    assert len(RECIPES["github"].strip().splitlines()) <= 20


def test_the_caches_of_the_recipe_are_numbered_from_the_start():
    """What is saved with the next number is nothing that branches with the old one restore."""
    text = RECIPES["github"]
    for recipe, number in ((text, 1), (text.replace("rustide-load-1-", "rustide-load-2-"), 2)):
        [job] = yaml.safe_load(recipe)["jobs"].values()
        kept = {
            step["uses"].split("@")[0]: step["with"]
            for step in job["steps"]
            if "/cache/" in step.get("uses", "")
        }
        restored, saved = kept["actions/cache/restore"], kept["actions/cache/save"]
        assert restored["restore-keys"] == f"rustide-load-{number}-"
        # GitHub takes the beginning of a key for a key as well.
        assert restored["key"] == saved["key"] == f"rustide-load-{number}-${{{{ github.run_id }}}}"


@pytest.mark.parametrize("name", WORKFLOWS)
def test_nobody_needs_to_trust_it(name):
    """It may read, ends, stands in nobody's way, and runs no code that changed since it was looked at."""
    document = yaml.safe_load(WORKFLOWS[name])
    assert document["permissions"] == {"contents": "read"}
    assert document["concurrency"]
    for job in document["jobs"].values():
        assert 0 < job["timeout-minutes"] <= 360
        used = [step for step in job["steps"] if "uses" in step]
        assert not [
            step["uses"] for step in used if not re.fullmatch(r"actions/[\w/-]+@[0-9a-f]{40}", step["uses"])
        ]
        checkout, *_ = used
        assert checkout["with"] == {"persist-credentials": False}
        # What was saved can be found again: the same paths, and a key that begins as is asked for.
        kept = {step["uses"].split("@")[0]: step["with"] for step in used if "/cache/" in step["uses"]}
        if kept:
            restored, saved = kept["actions/cache/restore"], kept["actions/cache/save"]
            assert restored["path"] == saved["path"]
            assert saved["key"].startswith(restored["restore-keys"])
            # A second attempt has something to save as well.
            assert saved["key"].endswith("-${{ github.run_id }}-${{ github.run_attempt }}")
        uploads = [step for step in used if "upload-artifact" in step["uses"]]
        assert all(step["if"] == "always()" for step in uploads)


PUSH = Event()
PULL = Event("pull_request", "refs/pull/7/merge")


def steps_of(ran: Ran) -> dict[str, str]:
    return {step.name.split("@")[0]: step.status for step in ran.steps}


def said(ran: Ran, status: int) -> str:
    """What its pytest printed, which ended so."""
    [step] = [step for step in ran.steps if "test session starts" in step.output]
    assert step.exit_status == status, ran.told()
    # None of the modules of this project's tests was imported, and nothing was amiss with any.
    assert "error" not in step.output.splitlines()[-1], ran.told()
    return step.output


def names_of(ran: Ran) -> list[str]:
    return [file.name for files in ran.artifacts.values() for file in files]


def cases_of(ran: Ran) -> dict[str, str]:
    """What JUnit XML says of each case: passed, failure, error or skipped."""
    [file] = [file for files in ran.artifacts.values() for file in files if file.name == "junit.xml"]
    ends = {}
    for case in ElementTree.parse(file).iter("testcase"):
        found = [child.tag for child in case if child.tag in {"failure", "error", "skipped"}]
        ends[f"{case.get('classname')}::{case.get('name')}"] = found[0] if found else "passed"
    return ends


def only(runner: Runner, workflow: str, event: Event = PUSH) -> Ran:
    [ran] = runner.run(workflow, event)
    return ran


def test_the_gate_is_green_green_again_and_red_where_it_is_slower(tmp_path):
    """First without a baseline, on the main branch; then a pull request that changes nothing, and one after
    which completions take a third longer."""
    workflow = WORKFLOWS["performance.yml"]
    # As if the main branch had been pushed to seven times.
    often = workflow.replace("--load-repetitions=3", "--load-repetitions=21")
    assert often != workflow
    first = only(drawn_runner(tmp_path), often)
    assert "--load-baseline" not in said(first, 0)
    assert set(steps_of(first).values()) == {"success"}
    assert names_of(first) == ["junit.xml", "load-results.json", "report.html"]
    assert first.summary.startswith("## ")

    same = only(drawn_runner(tmp_path), workflow, PULL)
    assert "3 runs against 21 of before, regression beyond 5.0%" in said(same, 0)
    assert steps_of(same)["actions/cache/save"] == "skipped"
    assert not [line for line in same.annotations if line.startswith("::error")]
    assert cases_of(same)["rustide-load.regression::individual-developer"] == "passed"

    slower = only(drawn_runner(tmp_path, backend="--run-noise=1.4% --slower=completion=33%"), workflow, PULL)
    assert "FAIL individual-developer: " in said(slower, 1)
    assert steps_of(slower)["actions/cache/save"] == "skipped"
    assert names_of(slower) == ["junit.xml", "load-results.json", "report.html"]
    [title, *_] = slower.summary.splitlines()
    assert re.match(r"## ❌ FAIL: individual-developer: completion p95 is \d+% slower: ", title)
    [row] = [line for line in slower.summary.splitlines() if line.startswith("| completion p95 | ")]
    assert re.search(r"\| ❌ FAIL \| [▁▂▃▄▅▆▇█]{24} \|$", row)
    # The three runs of now are the last of them.
    assert "█" in row.rstrip(" |")[-3:]
    assert "What to type:\n\n```sh\npytest " in slower.summary
    [error, *_] = [line for line in slower.annotations if line.startswith("::error")]
    assert re.match(
        r"::error title=FAIL individual-developer::completion p95 is \d+%25 slower: .* Repeat: pytest ", error
    )
    assert cases_of(slower) == {
        "rustide-load::cold-start": "passed",
        "rustide-load::individual-developer": "passed",
        "rustide-load.regression::cold-start": "passed",
        "rustide-load.regression::individual-developer": "failure",
    }


def test_a_night_keeps_what_it_ran_also_where_it_fails(tmp_path):
    """Faults and pressure are not felt by drawn load: their tests fail, as others may in a bad night."""
    night = only(drawn_runner(tmp_path), WORKFLOWS["nightly.yml"])
    printed = said(night, 1)
    assert " trends over the history " in printed
    assert night.failed
    assert steps_of(night)["actions/cache/save"] == "success"
    assert names_of(night) == ["junit.xml", "load-results.json", "report.html"]
    ends = cases_of(night)
    assert ends["rustide-load.drift::small-team"] == "passed"
    assert set(ends.values()) <= {"passed", "failure", "skipped"}


@pytest.mark.parametrize(("duration", "status"), [("2m", 0), ("3s", 1)])
def test_a_soak_is_as_long_as_was_typed_and_says_what_is_too_short(tmp_path, duration, status):
    # One of the two cells.
    workflow = WORKFLOWS["soak.yml"].replace(
        "[individual-developer, memory-growth]", "[individual-developer]"
    )
    soak = only(drawn_runner(tmp_path), workflow, Event("workflow_dispatch", inputs={"duration": duration}))
    printed = said(soak, status)
    assert soak.matrix == {"scenario": "individual-developer"}
    assert list(soak.artifacts) == ["soak-individual-developer"]
    assert ("seed 42, 120 s, full" if status == 0 else "seed 42, 3 s, full") in printed
    if status:
        [command] = {
            line for line in printed.splitlines() if re.match(r"  pytest .* --load-duration=\d\d+s", line)
        }
        assert "samples are too few for p95: it takes 59, at these rates a run of " in " ".join(
            printed.split()
        )
        assert f"```sh\n{command.strip()}\n```" in soak.summary


def test_a_soak_of_every_week_takes_two_hours():
    [job] = yaml.safe_load(WORKFLOWS["soak.yml"])["jobs"].values()
    [step] = [step for step in job["steps"] if "env" in step]
    assert interpolate(step["env"]["DURATION"], {"inputs": {}}) == "2h"
    assert job["timeout-minutes"] > 2 * 60


def test_nights_and_weeks_begin_by_themselves():
    for name, when in (("nightly.yml", r"\d+ \d+ \* \* \*"), ("soak.yml", r"\d+ \d+ \* \* [0-6]")):
        [planned] = yaml.safe_load(WORKFLOWS[name])[True]["schedule"]
        assert re.fullmatch(when, planned["cron"])


def test_stress_of_each_kind_runs(tmp_path):
    """What was asked for is not what drawn load is under, so that nothing is judged by it."""
    ran = only(drawn_runner(tmp_path), WORKFLOWS["stress.yml"])
    assert {name.split("[")[0] for name in cases_of(ran)} == {
        f"rustide-load::{name}" for name in ("network-latency", "cpu-contention", "memory-pressure")
    }


def test_the_tests_of_this_project_are_what_the_workflow_runs():
    [job] = yaml.safe_load(WORKFLOWS["ci.yml"])["jobs"].values()
    typed = [step["run"] for step in job["steps"] if "run" in step]
    assert typed == ["rustup component add rust-analyzer rust-src", ".ci/run"]


@pytest.fixture
def theirs(tmp_path):
    """The repository of a user, with nothing in it that this is about."""
    place = tmp_path / "theirs"
    place.mkdir()
    (place / "README.md").write_text("a language server\n")
    who = ["-c", "user.name=me", "-c", "user.email=me@example.org"]
    for words in (["init", "-q", "-b", "main"], ["add", "."], [*who, "commit", "-q", "-m", "begin"]):
        subprocess.run(["git", *words], cwd=place, check=True)
    return place


def test_twenty_lines_gate_the_repository_of_a_user(tmp_path, theirs):
    runner = drawn_runner(tmp_path, repository=theirs)
    first = only(runner, RECIPES["github"])
    assert "--load-baseline" not in said(first, 0)
    assert names_of(first) == ["report.html"]
    pull = only(runner, RECIPES["github"], PULL)
    assert "3 runs against 3 of before, regression beyond 5.0%" in said(pull, 0)
    assert steps_of(pull)["actions/cache/save"] == "skipped"


def test_gitlab_gates_merge_requests_by_the_default_branch(tmp_path, theirs):
    runner = drawn_runner(tmp_path, repository=theirs)
    known = {"CI_DEFAULT_BRANCH": "main", "CI_COMMIT_REF_PROTECTED": "true"}
    main = as_workflow(RECIPES["gitlab"], {**known, "CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main"})
    first = only(runner, main)
    assert "load tests can run" in first.step("script").output
    assert "--load-baseline" not in said(first, 0)
    assert names_of(first) == ["junit.xml", "report.html"]
    request = {"CI_PIPELINE_SOURCE": "merge_request_event", "CI_COMMIT_REF_PROTECTED": "false"}
    second = only(runner, as_workflow(RECIPES["gitlab"], known | request), PULL)
    assert "3 runs against 3 of before, regression beyond 5.0%" in said(second, 0)
    assert not any("cache/save" in step.name for step in second.steps)
    with pytest.raises(AssertionError, match="no rule"):
        as_workflow(RECIPES["gitlab"], known | {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "other"})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("inputs.duration || '2h'", "2h"),
        ("github.event_name == 'PUSH' && !false", True),
        ("github.event_name != 'push' || (1 == 1)", True),
        ("vars.NOBODY.KNOWS", None),
        ("'it''s'", "it's"),
    ],
)
def test_expressions_are_read_as_github_reads_them(text, value):
    contexts = {"github": {"event_name": "push"}, "inputs": {}, "vars": {}}
    assert evaluate(text, contexts) == value
    assert interpolate([f"a ${{{{ {text} }}}}"], contexts) == [
        f"a {'' if value is None else str(value).lower() if value is True else value}"
    ]


@pytest.mark.parametrize("text", ["nothing.here", "1 +", "github.a b", "hashFiles('x')", "1 < 2"])
def test_what_is_not_known_of_expressions_is_refused(text):
    with pytest.raises((AssertionError, KeyError, IndexError)):
        evaluate(text, {"github": {}})


def test_conditions_ask_for_the_status_or_mean_success():
    assert [is_met(text, {}, failed=True) for text in ("true", "always()", "failure()", "!cancelled()")] == [
        False,
        True,
        True,
        True,
    ]
    assert not is_met("${{ failure() }}", {}, failed=False)


def test_steps_speak_to_one_another_and_a_failure_skips_what_follows(tmp_path, theirs):
    workflow = """
name: steps
jobs:
  one:
    runs-on: x
    env: {A: job}
    steps:
      - run: |
          printf 'B=line\\nC<<END\\n1\\n2\\nEND\\n' >> "$GITHUB_ENV"
          echo "found=$A" >> "$GITHUB_OUTPUT"; echo "# told" >> "$GITHUB_STEP_SUMMARY"
          mkdir bin; printf '#!/bin/sh\\necho mine' > bin/mine; chmod +x bin/mine
          echo "$PWD/bin" >> "$GITHUB_PATH"
        id: first
      - run: mine; echo "$A $B $C ${{ steps.first.outputs.found }}"; false; echo never
        name: second
        env: {A: step}
      - run: echo skipped
      - {run: echo cleaned, if: always(), working-directory: bin}
"""
    [ran] = drawn_runner(tmp_path, repository=theirs).run(workflow)
    assert [step.status for step in ran.steps] == ["success", "failure", "skipped", "success"]
    assert ran.step("second").output == "mine\nstep line 1\n2 job\n"
    assert ran.step("second").exit_status == 1
    assert ran.summary == "# told\n"
