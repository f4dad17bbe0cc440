"""BPMN 2.0 of every service: valid against the OMG's schemas, read by a public engine, drawn inside its frame."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from motcua.services import bpmn, catalogue

SERVICES = catalogue.current().list_all()
MODEL = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
by_service = pytest.mark.parametrize("service", SERVICES, ids=lambda s: f"{s.code}-{s.version}")


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    import SpiffWorkflow.bpmn.parser as parser

    return etree.XMLSchema(etree.parse(str(Path(parser.__file__).parent / "schema" / "BPMN20.xsd")))


@by_service
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_is_valid_by_the_schemas(service, lang, schema):
    schema.assertValid(etree.fromstring(bpmn.bpmn(service, lang)))


@by_service
def test_a_public_engine_reads_it(service):
    from SpiffWorkflow.bpmn.parser import BpmnParser

    # The pictures are for people, so they say that no engine runs them; this one reads executable ones alone.
    parser = BpmnParser()
    parser.add_bpmn_str(bpmn.bpmn(service).replace(b'isExecutable="false"', b'isExecutable="true"'))
    spec = parser.get_spec(f"process_{service.code.replace('-', '_')}_{service.version}")

    names = set(spec.task_specs)
    assert {f"step_{step.code}".replace("-", "_") for step in service.steps} <= names


@by_service
def test_every_step_and_way_is_drawn_inside_the_frame(service):
    root = etree.fromstring(bpmn.bpmn(service))
    drawn = {shape.get("bpmnElement"): shape.find(f"{DC}Bounds") for shape in root.iter(f"{DI}BPMNShape")}
    pool = next(bounds for name, bounds in drawn.items() if name.startswith("pool_"))
    nodes = [node.text for node in root.iter(f"{MODEL}flowNodeRef")]
    flows = [flow.get("id") for flow in root.iter(f"{MODEL}sequenceFlow")]

    assert len(nodes) == len(set(nodes))
    assert {edge.get("bpmnElement") for edge in root.iter(f"{DI}BPMNEdge")} == set(flows)
    for name in nodes:
        bounds = drawn[name]
        assert 0 <= float(bounds.get("x")) <= float(pool.get("width")) - float(bounds.get("width"))
        assert 0 <= float(bounds.get("y")) <= float(pool.get("height")) - float(bounds.get("height"))
    places = [(b.get("x"), b.get("y")) for name, b in drawn.items() if name in nodes]
    assert len(places) == len(set(places))


def test_all_are_written_by_a_command(tmp_path):
    written = bpmn.write_all(tmp_path / "bpmn")

    assert len(written) == len(SERVICES)
    assert (tmp_path / "bpmn" / "CHG-HOLDER-1.bpmn").read_bytes().startswith(b"<?xml")
