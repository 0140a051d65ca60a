"""Specifications of what decides in an ad hoc subprocess: which activity is next, and whether it is complete."""

from __future__ import annotations

from SpiffWorkflow.bpmn.specs import defaults

from engine.spiff import model, selection
from engine.spiff.specs import NodeSpec
from engine.spiff.tokens import Token


class ChoiceSpec(NodeSpec, defaults.NoneTask):
    """Before an activity of a sequential ad hoc subprocess: a token waits here for its turn (BPMN 2.0.2 §13.3.5)."""

    records = False

    def _run_hook(self, my_task: Token) -> bool | None:
        scope = my_task.workflow
        if not my_task.internal_data.get("chosen") and not selection.is_free(scope, my_task):
            return None
        my_task.taken = ()
        scope.spawn(scope.spec.body(self.node.id))
        return True


class SelectingSpec(NodeSpec, defaults.NoneTask):
    """Asks the completion condition after an activity, and chooses the next one where they run one at a time.

    Apart, so that a bad condition leaves the activity done: it is an incident of the ad hoc subprocess, and its retry
    asks again.
    """

    records = False
    ad_hoc: model.AdHoc

    def _run_hook(self, my_task: Token) -> bool:
        my_task.taken = ()
        if my_task.internal_data["asks"] and self._is_complete(my_task):
            selection.close(my_task.workflow, my_task, cancels=self.ad_hoc.cancels)
        elif self.ad_hoc.sequential:
            selection.choose(my_task.workflow, my_task)
        return True

    def _is_complete(self, token: Token) -> bool:
        if self.ad_hoc.completion is None:
            return False
        value = self.evaluate(token, self.ad_hoc.completion)
        if not isinstance(value, bool):
            raise self.wrong(token, "completionCondition", value, "neither true nor false", self.ad_hoc.completion)
        return value
