"""`parvaneh feel` and `parvaneh decide`: values as JSON, rules that matched, and one line for wrong input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api import cli, cli_feel
from tests.memory import peak_megabytes

HEAD = '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="d" name="{0}" namespace="urn:{0}">'
FEES = HEAD.format("fees") + """
<itemDefinition name="tOffice"><itemComponent name="opened on"><typeRef>date</typeRef></itemComponent></itemDefinition>
<inputData id="i1" name="area"><variable name="area" typeRef="number"/></inputData>
<inputData id="i2" name="office"><variable name="office" typeRef="tOffice"/></inputData>
<decision id="size" name="Size of the office"><variable name="Size of the office" typeRef="string"/>
<informationRequirement id="r1"><requiredInput href="#i1"/></informationRequirement>
<decisionTable id="t" hitPolicy="UNIQUE">
<input id="c"><inputExpression id="e"><text>area</text></inputExpression></input>
<output id="o" typeRef="string"/><annotation name="source"/>
<rule id="small"><inputEntry id="a1"><text>&lt; 60</text></inputEntry><outputEntry id="b1"><text>"کوچک"</text>
</outputEntry><annotationEntry><text>art. 4</text></annotationEntry></rule>
<rule id="large"><inputEntry id="a2"><text>&gt;= 60</text></inputEntry><outputEntry id="b2"><text>"بزرگ"</text>
</outputEntry><annotationEntry><text>art. 5</text></annotationEntry></rule>
<rule id="huge"><inputEntry id="a3"><text>&gt; 1000</text></inputEntry><outputEntry id="b3"><text>"بزرگ"</text>
</outputEntry><annotationEntry><text/></annotationEntry></rule></decisionTable></decision>
<decision id="fee" name="fee"><variable name="fee"/>
<informationRequirement id="r2"><requiredDecision href="#size"/></informationRequirement>
<informationRequirement id="r3"><requiredInput href="#i1"/></informationRequirement>
<literalExpression id="l"><text>{size: Size of the office, fee: area * 0.1}</text></literalExpression></decision>
<decision id="year" name="year"><variable name="year"/>
<informationRequirement id="r4"><requiredInput href="#i2"/></informationRequirement>
<literalExpression id="l2"><text>office.opened on.year</text></literalExpression></decision>
<decision id="twin_1" name="twin"><variable name="twin"/><literalExpression id="l3"><text>1</text></literalExpression>
</decision>
<decision id="twin_2" name="twin"><variable name="twin"/><literalExpression id="l4"><text>2</text></literalExpression>
</decision></definitions>"""


GRADES = """
<itemDefinition name="tKind"><typeRef>string</typeRef><allowedValues><text>"A", "B"</text></allowedValues>
</itemDefinition><inputData id="i3" name="kind"><variable name="kind" typeRef="tKind"/></inputData>
<decision id="grade" name="grade"><variable name="grade"/><informationRequirement id="r5"><requiredInput href="#i3"/>
</informationRequirement><literalExpression id="l5"><text>kind + "!"</text></literalExpression></decision>
<decisionService id="rated" name="rated"><variable name="rated"/><outputDecision href="#grade"/>
<inputData href="#i3"/></decisionService></definitions>"""


@pytest.fixture
def parvaneh(monkeypatch, tmp_path):
    """Run a command in a folder of its own, without any setting."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PARVANEH_DATABASE_URL", "nonsense://nowhere")

    def run(*arguments: str, text: str | bytes = "") -> Result:
        return CliRunner().invoke(cli.cli, list(arguments), input=text)

    return run


@pytest.fixture
def fees(tmp_path) -> str:
    (tmp_path / "fees.dmn").write_text(FEES, encoding="utf-8")
    return "fees.dmn"


def written(path: Path, data: object) -> str:
    path.write_text(json.dumps(data), encoding="utf-8")
    return str(path)


def refusal(done: Result) -> str:
    """The one line of wrong input."""
    assert (done.exit_code, done.stdout) == (2, ""), done.output
    [line] = done.stderr.splitlines()
    assert line.startswith("Error: ")
    return line.removeprefix("Error: ")


def test_an_expression_over_a_context_file(parvaneh, tmp_path):
    context = written(tmp_path / "context.json", {"items": [{"price": 12}, {"price": 3}]})
    done = parvaneh("feel", "count(items[price > 10])", "--context", context)
    assert (done.exit_code, done.stdout, done.stderr) == (0, "1\n", "")


@pytest.mark.parametrize("expression, printed", [
    ("1 / 3", "0.3333333333333333333333333333333333"), ('{"a b": [1, null, true]}', '{"a b": [1, null, true]}'),
    ('@"2026-03-21" + @"P1D"', '"2026-03-22"'), ('@"P14M"', '"P1Y2M"'), ('"پروانه"', '"پروانه"'),
    ("[1..5)", '"[1..5)"'), ("10 ** 20", "100000000000000000000"), ("0.000001", "0.000001"),
])
def test_the_value_is_json_with_every_digit(parvaneh, expression, printed):
    done = parvaneh("feel", expression)
    assert done.stdout == printed + "\n"
    json.loads(done.stdout)


def test_an_expression_may_begin_with_a_minus(parvaneh):
    assert parvaneh("feel", "-height + 1", "--context", "-", text='{"height": 3}').stdout == "-2\n"
    assert parvaneh("feel", "1", "--contxt", "x.json").exit_code == 2


def test_numbers_of_the_context_are_exact(parvaneh):
    done = parvaneh("feel", "a + 0.1", "--context", "-", text='{"a": 12345678901234567890.123456789}')
    assert json.loads(done.stdout, parse_float=Decimal) == Decimal("12345678901234567890.223456789")


def test_the_context_comes_from_standard_input_with_dates_and_names_of_several_words(parvaneh):
    context = {"applicant": {"date of birth": '@"2000-02-29"'}, "کد شهر": "IR-04", "marked": "۱"}
    done = parvaneh("feel", '[applicant.date of birth.day, کد شهر, marked]', "--context", "-",
                    text="\ufeff" + json.dumps(context))
    assert done.stdout == '[29, "IR-04", "۱"]\n'


def test_why_a_value_is_null_is_told_on_standard_error(parvaneh):
    done = parvaneh("feel", "1 +\n  nothing")
    assert (done.exit_code, done.stdout) == (0, "null\n")
    assert "warning: line 2, column 3: " in done.stderr
    assert "nothing" in done.stderr


@pytest.mark.parametrize("expression, said", [
    ("1 +", "line 1, column 4: "), ("1 +\n\n )", "line 3, column 2: "), ("", "line 1, column 1: "),
    ("for i in 1..1000000000 return i", "budget"), ("(" * 100_000, "line 1, "),
    ('function(x) external {java: {class: "a", method signature: "b"}}', "not supported"),
])
def test_a_wrong_expression_is_one_line(parvaneh, expression, said):
    assert said in refusal(parvaneh("feel", expression))


@pytest.mark.parametrize("text, said", [
    ("{", "not JSON"), ("[1]", "a JSON object is needed"), ('{"a": NaN}', "NaN is no number"), ("", "not JSON"),
    ('{"a": "@\\"2026-02-30\\""}', "is no date"), ("[" * 100_000, "nested deeper"), (b"\xff", "not UTF-8"),
    ('{"a": 1}'.encode("utf-16"), "not UTF-8"), ('"text"', "a JSON object is needed"),
    ("null", "a JSON object is needed"),
    ('{"a": 1, "b": {"c": 1, "c": 2}}', 'the key "c" comes twice'), ('{"a": 1} {}', "not JSON: Extra data"),
    ('{"a": [1e99999]}', "the number 1e99999 is out of range"), ('{"a": -1e999999999}', "-1e999999999 is out of range"),
    ('{"a": 1e99999999999999999999}', "is out of range"), ('{"a": 1%s}' % ("0" * 7_000), "is out of range"),
    ('{"a": -Infinity}', "-Infinity is no number"), (b" " * 2_000_001, "larger than 2 MB"),
    ('{"a": [%s0]}' % ("0," * 600_000), "items in all"), ('{"a": "\x1b[31m"}', "not JSON: Invalid control character"),
])
def test_a_wrong_context_is_one_line(parvaneh, text, said):
    assert said in refusal(parvaneh("feel", "1", "--context", "-", text=text))


@pytest.mark.parametrize("depth", [120, 150, 600, 700, 800, 900, 950, 990, 2_000])
@pytest.mark.parametrize("opening, closing", [("[", "]"), ('{"a":', "}")])
def test_a_value_nested_too_deeply_is_one_line(parvaneh, fees, depth, opening, closing):
    text = '{"area": ' + opening * depth + "1" + closing * depth + "}"
    assert "nested deeper than 100" in refusal(parvaneh("feel", "area", "--context", "-", text=text))
    assert "nested deeper than 100" in refusal(
        parvaneh("decide", fees, "--decision", "fee", "--inputs", "-", text=text))


def test_a_number_keeps_34_digits(parvaneh):
    done = parvaneh("feel", "a", "--context", "-", text='{"a": %s}' % ("123456789" * 5))
    assert (done.exit_code, done.stdout) == (0, "123456789123456789123456789123456800000000000\n")


@pytest.mark.parametrize("arguments, said", [
    (("feel",), "Missing argument 'EXPRESSION'."), (("feel", "1", "2"), "Got unexpected extra argument (2)"),
    (("feel", "a", "--context"), "Option '--context' requires an argument."),
    (("decide",), "Missing argument 'FILE.dmn'."),
    (("decide", "a.dmn", "--nope"), "No such option"), (("decide", "a.dmn", "b.dmn"), "unexpected extra argument"),
    (("feel", "1", "--context", ""), "cannot read"), (("decide", ""), "cannot read"),
    (("feel", "1", "--context", "no\n\x1b[31mfile"), r"cannot read no \u001b[31mfile: "),
])
def test_wrong_arguments_are_one_line(parvaneh, arguments, said):
    assert said in refusal(parvaneh(*arguments))


@pytest.mark.parametrize("name", ["feel", "decide"])
def test_the_hint_of_a_wrong_command_is_a_command(name):
    command = {"feel": cli_feel.feel_command, "decide": cli_feel.decide_command}[name]
    assert f" `parvaneh {name} --help` " in refusal(CliRunner().invoke(command, [], prog_name=f"parvaneh {name}"))


def test_no_more_of_a_file_is_read_than_it_may_have(parvaneh):
    endless = Path("/dev/zero")
    if not endless.exists():
        pytest.skip("this system has no endless file")
    before = peak_megabytes()
    assert "larger than 2 MB" in refusal(parvaneh("feel", "1", "--context", str(endless)))
    assert "larger than 2 MB" in refusal(parvaneh("decide", str(endless), "--decision", "x"))
    assert peak_megabytes() - before < 50


def test_a_pipe_is_as_good_as_a_file(parvaneh, fees, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for content, arguments, printed in (
            (b'{"area": 75}', ("feel", "area + 1", "--context", str(pipe)), "76\n"),
            (FEES.encode(), ("decide", str(pipe), "--decision", "twin_2"), "2\n")):
        writer = threading.Thread(target=pipe.write_bytes, args=(content,))
        writer.start()
        assert parvaneh(*arguments).stdout == printed
        writer.join()


def test_a_context_that_is_not_there_is_one_line(parvaneh, tmp_path):
    absent = refusal(parvaneh("feel", "1", "--context", "none.json"))
    assert absent == "cannot read none.json: No such file or directory"
    assert "directory" in refusal(parvaneh("feel", "1", "--context", str(tmp_path)))


def test_a_decision_by_name_and_by_id(parvaneh, fees, tmp_path):
    inputs = written(tmp_path / "inputs.json", {"area": 75})
    for name in ("size", "Size of the office"):
        done = parvaneh("decide", fees, "--decision", name, "--inputs", inputs)
        assert (done.exit_code, done.stdout, done.stderr) == (0, '"بزرگ"\n', "")


def test_a_decision_by_its_own_name_where_its_variable_has_another(parvaneh, fees, tmp_path):
    (tmp_path / fees).write_text(FEES.replace('id="fee" name="fee"', 'id="fee" name="The fee"'), encoding="utf-8")
    done = parvaneh("decide", fees, "--decision", "The  fee", "--inputs", "-", text='{"area": 20}')
    assert (done.exit_code, done.stdout) == (0, '{"size": "کوچک", "fee": 2}\n')


def test_an_explanation_names_decisions_rules_and_annotations(parvaneh, fees):
    done = parvaneh("decide", fees, "--decision", "fee", "--inputs", "-", "--explain", text='{"area": 20.50}')
    assert done.stdout.splitlines() == [
        '{"size": "کوچک", "fee": 2.05}',
        'decision Size of the office (size), hit policy UNIQUE: "کوچک"',
        "  rule 1 (small); source: art. 4",
        'decision fee (fee): {"size": "کوچک", "fee": 2.05}']


def test_a_table_that_contradicts_itself_is_a_warning(parvaneh, fees):
    done = parvaneh("decide", fees, "--decision", "size", "--inputs", "-", "--explain", text='{"area": 5000}')
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, "null")
    assert "  rule 2 (large); source: art. 5" in done.stdout.splitlines()
    assert "  rule 3 (huge)" in done.stdout.splitlines()
    assert "warning: table t: rules 2, 3 apply at once" in done.stderr


def test_no_rule_is_said(parvaneh, fees):
    done = parvaneh("decide", fees, "--decision", "size", "--explain", "--inputs", "-", text='{"area": null}')
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, "null")
    assert "  no rule matched" in done.stdout.splitlines()


@pytest.mark.parametrize("decision, text, said", [
    ("fee", "{}", "missing from the inputs: area (number); give null where there is no value"),
    ("year", '{"area": 1}', "missing from the inputs: office ({opened on: date});"),
    ("size", '{"area": "large"}', "the input area must be number: \"large\" is not of the type 'number'"),
    ("size", '{"area": [1, 2]}', "the input area must be number: list (2) is not of the type 'number'"),
    ("year", '{"office": {"opened on": "soon"}}',
     'the input office must be {opened on: date}: opened on: "soon" is not'),
    ("grade", '{"kind": "C"}', 'the input kind must be string, one of "A", "B": "C" is not among the allowed values'),
    ("rated", "{}", "missing from the inputs: kind (string, one of \"A\", \"B\")"),
    ("rated", '{"kind": 5}', "the input kind must be string"),
])
def test_an_input_that_does_not_fit_is_named_with_what_is_wanted(parvaneh, fees, tmp_path, decision, text, said):
    (tmp_path / fees).write_text(FEES.replace("</definitions>", GRADES), encoding="utf-8")
    assert refusal(parvaneh("decide", fees, "--decision", decision, "--inputs", "-", text=text)).startswith(said)


def test_inputs_that_fit_give_the_value_of_a_service_too(parvaneh, fees, tmp_path):
    (tmp_path / fees).write_text(FEES.replace("</definitions>", GRADES), encoding="utf-8")
    done = parvaneh("decide", fees, "--decision", "rated", "--inputs", "-", text='{"kind": "A"}')
    assert (done.exit_code, done.stdout, done.stderr) == (0, '"A!"\n', "")


def test_text_becomes_a_date_where_the_model_wants_one(parvaneh, fees):
    done = parvaneh("decide", fees, "--decision", "year", "--inputs", "-",
                    text='{"office": {"opened on": "2024-05-01"}}')
    assert done.stdout == "2024\n"


@pytest.mark.parametrize("arguments, said", [
    (("--decision", "nothing"), "there is no decision nothing; the file has: Size of the office (size), fee, year"),
    ((), "say which decision with --decision NAME; the file has: Size of the office (size), fee"),
    (("--decision", "twin"), "several decisions are called twin; give the id: twin_1, twin_2"),
    (("--decision", "fee", "--inputs", "none.json"), "cannot read none.json"),
])
def test_a_decision_that_is_not_there_lists_those_that_are(parvaneh, fees, arguments, said):
    assert refusal(parvaneh("decide", fees, *arguments)).startswith(said)


@pytest.mark.parametrize("before, after, said", [
    ("area * 0.1", "area *", "fees.dmn:"), ("</definitions>", "", "not XML"), ("20230324", "1999", "not a DMN model"),
    ('typeRef="tOffice"', 'typeRef="tNone"', "there is no type"),
])
def test_a_wrong_model_is_one_line(parvaneh, fees, tmp_path, before, after, said):
    (tmp_path / fees).write_text(FEES.replace(before, after), encoding="utf-8")
    assert said in refusal(parvaneh("decide", fees, "--decision", "fee"))


def test_a_model_that_is_not_there_is_one_line(parvaneh):
    assert refusal(parvaneh("decide", "none.dmn")) == "cannot read none.dmn: No such file or directory"


def test_imported_models_are_found_in_the_folder(parvaneh, fees, tmp_path):
    (tmp_path / "other.dmn").write_text(HEAD.format("other") + """
<import name="fees" namespace="urn:fees" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>
<decision id="more" name="more"><variable name="more"/><informationRequirement id="r">
<requiredDecision href="urn:fees#twin_2"/></informationRequirement>
<literalExpression id="l"><text>fees.twin + 1</text></literalExpression></decision></definitions>""", encoding="utf-8")
    (tmp_path / "broken.dmn").write_text("<", encoding="utf-8")
    done = parvaneh("decide", "other.dmn", "--decision", "more")
    assert (done.exit_code, done.stdout) == (0, "3\n")
    (tmp_path / fees).unlink()
    assert "other.dmn:2: " in refusal(parvaneh("decide", "other.dmn", "--decision", "more"))


def test_an_expression_is_tried_without_loading_the_product():
    """What needs no installation starts without one: neither database, engine nor web are loaded."""
    heavy = "{'sqlalchemy', 'SpiffWorkflow', 'flask'} & set(sys.modules)"
    program = ("import atexit, sys; from api import entry; "
               f"atexit.register(lambda: print({heavy} or 'light')); sys.argv[1:] = ['feel', '1 + 1']; entry.main()")
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout == "2\nlight\n"


def test_an_unknown_command_is_refused_by_the_whole_command_line():
    done = subprocess.run([sys.executable, "-m", "api", "fell", "1"], check=False, capture_output=True, text=True,
                          timeout=60)
    assert (done.returncode, "No such command" in done.stderr) == (2, True)
