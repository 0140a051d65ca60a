/** Takes out of the menus what the engine does not execute, so that nobody draws what will be refused. */
import { isEventSubProcess } from "bpmn-js/lib/util/DiUtil";

const REFUSED = /send-task|transaction|ad-hoc|complex-gateway|signal|escalation|conditional-start|compensation|link-intermediate|cancel-(boundary|end)|message-(end|intermediate-throw)|error-start|participant-multiplicity|toggle-loop$/;
const BEFORE_THE_LAST = 400;

class SupportedMenu {
  constructor(popupMenu, contextPad) {
    popupMenu.registerProvider("bpmn-replace", BEFORE_THE_LAST, this);
    contextPad.registerProvider(BEFORE_THE_LAST, this);
  }

  getPopupMenuEntries(target) {
    return (entries) => {
      const { "replace-with-timer-start": timerStart, ...others } = supported(entries);
      return timerStart && isEventSubProcess(target.businessObject?.$parent)
        ? { ...others, "replace-with-timer-start": timerStart } : others;
    };
  }

  getPopupMenuHeaderEntries() {
    return supported;
  }

  getContextPadEntries() {
    return supported;
  }
}

SupportedMenu.$inject = ["popupMenu", "contextPad"];

function supported(entries) {
  return Object.fromEntries(Object.entries(entries).filter(([id]) => !REFUSED.test(id)));
}

export const SupportedMenuModule = { __init__: ["supportedMenu"], supportedMenu: ["type", SupportedMenu] };
