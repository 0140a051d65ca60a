"""A decision table of our own, to be deployed beside the shipped files, with a fault of choice."""

from __future__ import annotations

FILE = "decisions/size-class.dmn"

_TABLE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="size_class_model" name="Size class"
             namespace="urn:t">
  <decision id="size_class" name="Size class"><decisionTable id="size_class_table" hitPolicy="UNIQUE">
    <input id="size_area"><inputExpression id="size_area_e" typeRef="number"><text>area_m2</text></inputExpression>
    </input>
    <output id="size_class_o" name="size_class" typeRef="string"/>
    <rule id="small"><inputEntry id="small_i"><text>{first}</text></inputEntry>
      <outputEntry id="small_o"><text>"SMALL"</text></outputEntry></rule>
    <rule id="large"><inputEntry id="large_i"><text>{second}</text></inputEntry>
      <outputEntry id="large_o"><text>"LARGE"</text></outputEntry></rule>
  </decisionTable></decision>
</definitions>
"""

WHOLE = _TABLE.format(first="&lt; 50", second="&gt;= 50")
GAP = _TABLE.format(first="&lt; 50", second="&gt; 50")
CONFLICT = _TABLE.format(first="&lt; 50", second="&gt;= 40")
