"""The faults a diagram can have: code -> what and how to mend, in both languages, as `str.format` templates."""

from __future__ import annotations

from typing import Any

from engine import values
from engine.spiff.faults import OF_FILES, Fault

CATALOGUE: dict[str, Fault] = {
    **OF_FILES,
    "unsupported_element": Fault(
        "{tag} is not supported", "{tag} پشتیبانی نمی‌شود", "{hint}", "{hint_fa}"),
    "ambiguous_child": Fault(
        "{name} must stand once and hold nothing but its own content",
        "{name} باید یک بار بیاید و جز محتوای خود چیزی در آن نباشد",
        "keep one and remove the rest", "یکی را نگه دارید و بقیه را بردارید"),
    "too_long": Fault(
        "{name} has {size} characters, more than {limit}", "{name} {size} نویسه دارد و از {limit} بیشتر است",
        "choose a shorter one", "مقدار کوتاه‌تری برگزینید"),
    "unsupported_event": Fault(
        "a {kind} definition is not supported on a {place}", "تعریف {kind} روی {place} پشتیبانی نمی‌شود",
        "use one of: {allowed}", "یکی از این‌ها را به کار ببرید: {allowed}"),
    "not_together": Fault(
        "a {kind} cannot be one of several definitions of this {place} (BPMN 2.0.2 §10.5.1)",
        "{kind} نمی‌تواند یکی از چند تعریف این {place} باشد (BPMN 2.0.2 §10.5.1)",
        "draw an event of its own for it; possible together: {allowed}",
        "برای آن رویدادی جدا بکشید؛ با هم شدنی: {allowed}"),
    "wrong_event": Fault(
        "a {kind} definition may not stand on a {place}", "تعریف {kind} روی {place} مجاز نیست",
        "use one of: {allowed}", "یکی از این‌ها را به کار ببرید: {allowed}"),
    "event_gateway_flows": Fault(
        "an event-based gateway needs two or more outgoing flows", "دروازه رویدادی دو جریان خروجی یا بیشتر می‌خواهد",
        "draw another event behind it, or put the event into the flow without the gateway",
        "رویداد دیگری پس از آن بکشید یا رویداد را بی‌دروازه در جریان بگذارید", "warning"),
    "event_gateway_mixed": Fault(
        "message events and receive tasks follow the same event-based gateway; they are waited for alike",
        "هم رویداد پیام و هم کار دریافت پس از یک دروازه رویدادی آمده‌اند؛ هر دو یکسان انتظار کشیده می‌شوند",
        "draw only one of the two kinds behind it", "تنها یکی از این دو گونه را پس از آن بکشید", "warning"),
    "unsupported_attribute": Fault(
        "{name}={value} is not supported", "{name}={value} پشتیبانی نمی‌شود",
        "remove the attribute", "این ویژگی را بردارید"),
    "unknown_extension": Fault(
        "parvaneh:{name} on a {tag} is read nowhere", "parvaneh:{name} بر {tag} جایی خوانده نمی‌شود",
        "known there: {known}", "شناخته در آنجا: {known}"),
    "unknown_attribute": Fault(
        "BPMN has no attribute {name} on a {tag}; it changes nothing (BPMN 2.0.2 §15.3)",
        "BPMN ویژگی {name} بر {tag} ندارد و چیزی را تغییر نمی‌دهد (BPMN 2.0.2 §15.3)",
        "known there: {known}", "شناخته در آنجا: {known}", "warning"),
    "transaction_event": Fault(
        "a transaction with triggeredByEvent is not executed: an event subprocess is a plain subprocess (BPMN 2.0.2 "
        "§10.3.5)",
        "تراکنش با triggeredByEvent اجرا نمی‌شود: زیرفرایند رویدادی یک زیرفرایند ساده است (BPMN 2.0.2 §10.3.5)",
        "draw an event subprocess with the transaction inside", "زیرفرایندی رویدادی بکشید که تراکنش درون آن باشد"),
    "transaction_method": Fault(
        "method={value} is not executed: a transaction is cancelled by compensation (BPMN 2.0.2 §10.3.5)",
        "روش {value} اجرا نمی‌شود: تراکنش با جبران لغو می‌شود (BPMN 2.0.2 §10.3.5)",
        "write ##Compensate, or remove the attribute", "‏##Compensate بنویسید یا این ویژگی را بردارید"),
    "gateway_direction": Fault(
        "gatewayDirection={value}, but {incoming} flows lead here and {outgoing} lead away (BPMN 2.0.2 §10.6); the "
        "flows are followed as they are drawn",
        "gatewayDirection={value} است ولی {incoming} جریان به اینجا می‌رسد و {outgoing} جریان از آن می‌رود (BPMN 2.0.2 "
        "§10.6)؛ جریان‌ها چنان که کشیده شده‌اند دنبال می‌شوند",
        "correct the attribute, or the flows", "ویژگی یا جریان‌ها را درست کنید", "warning"),
    "bad_attribute": Fault(
        "{name}={value} is not one of: {allowed}", "{name}={value} از این‌ها نیست: {allowed}",
        "correct the attribute", "ویژگی را درست کنید"),
    "bad_quantity": Fault(
        "{name}={value} is not one of: 1, 2, 3 … 1000 (BPMN 2.0.2 Table 10.3)",
        "{name}={value} از این‌ها نیست: 1، 2، 3 … 1000 (BPMN 2.0.2 Table 10.3)",
        "a number of tokens is at least 1; correct or remove the attribute",
        "شمار توکن دست‌کم 1 است؛ این ویژگی را درست کنید یا بردارید"),
    "missing_attribute": Fault(
        "{name} is missing", "{name} نیامده است", "{hint}", "{hint_fa}"),
    "flow_scope": Fault(
        "the sequence flow leaves its process or subprocess (BPMN 2.0.2 §7.6.1)",
        "این جریان از مرز فرایند یا زیرفرایند می‌گذرد (BPMN 2.0.2 §7.6.1)",
        "connect through the subprocess itself, or use a message", "از خود زیرفرایند یا با پیام وصل کنید"),
    "flow_end": Fault(
        "{name} refers to {target}, a {tag}, which no sequence flow connects",
        "{name} به {target} از نوع {tag} اشاره می‌کند که جریان توالی به آن وصل نمی‌شود",
        "connect events, activities and gateways, or draw an association",
        "رویداد، فعالیت یا دروازه را وصل کنید یا پیوند (association) بکشید"),
    "flow_into": Fault(
        "a {place} has an incoming sequence flow", "{place} جریان ورودی دارد",
        "remove the flow {flow}", "جریان {flow} را بردارید"),
    "flow_out_of": Fault(
        "a {place} has an outgoing sequence flow", "{place} جریان خروجی دارد",
        "remove the flow {flow}", "جریان {flow} را بردارید"),
    "no_incoming": Fault(
        "nothing leads to it", "هیچ جریانی به آن نمی‌رسد",
        "connect it or remove it", "آن را وصل کنید یا بردارید"),
    "no_outgoing": Fault(
        "nothing follows it", "پس از آن چیزی نیامده است",
        "connect it to the next element", "آن را به عنصر بعدی وصل کنید"),
    "unreachable": Fault(
        "no start event leads to it: it can never run", "از هیچ رویداد آغاز به آن راهی نیست و هرگز اجرا نمی‌شود",
        "connect it or remove it", "آن را وصل کنید یا بردارید", "warning"),
    "bad_attachment": Fault(
        "the boundary event is attached to {target}, which is no activity here",
        "رویداد مرزی به {target} چسبیده است که در این‌جا فعالیت نیست",
        "attach it to a task, subprocess or call activity", "آن را به یک کار، زیرفرایند یا فراخوانی بچسبانید"),
    "start_count": Fault(
        "{count} start events without a trigger, but there must be {needed}",
        "{count} رویداد آغاز بی‌محرک هست، ولی باید {needed} باشد",
        "{hint}", "{hint_fa}"),
    "event_subprocess_start": Fault(
        "an event subprocess needs exactly one start event, with a trigger (BPMN 2.0.2 §10.3.5)",
        "زیرفرایند رویدادی باید درست یک رویداد آغاز با محرک داشته باشد (BPMN 2.0.2 §10.3.5)",
        "leave one start event and give it a trigger", "یک رویداد آغاز بگذارید و به آن محرک بدهید"),
    "ad_hoc_event": Fault(
        "an ad hoc subprocess has no start and no end events (BPMN 2.0.2 §10.3.5)",
        "زیرفرایند موردی (ad hoc) رویداد آغاز و پایان ندارد (BPMN 2.0.2 §10.3.5)",
        "remove the event: what nothing leads to begins by itself, and paths end where nothing follows",
        "این رویداد را بردارید؛ آنچه چیزی به آن نمی‌رسد خودش آغاز می‌شود و مسیر جایی که دنباله ندارد پایان می‌یابد"),
    "ad_hoc_empty": Fault(
        "an ad hoc subprocess holds at least one activity (BPMN 2.0.2 §10.3.5)",
        "زیرفرایند موردی (ad hoc) دست‌کم یک فعالیت دارد (BPMN 2.0.2 §10.3.5)",
        "draw an activity inside or remove it", "فعالیتی درون آن بکشید یا آن را بردارید"),
    "compensation_handler": Fault(
        "the compensation event leads to no activity for compensation (BPMN 2.0.2 §10.7.1)",
        "این رویداد جبران به فعالیتی برای جبران نمی‌رسد (BPMN 2.0.2 §10.7.1)",
        'draw an association from it to an activity of the same scope with isForCompensation="true"',
        'از آن یک پیوند (association) به فعالیتی در همین محدوده با isForCompensation="true" بکشید'),
    "compensation_target": Fault(
        "activityRef names {target}, which is no activity beside the event (BPMN 2.0.2 §10.7.2)",
        "activityRef از {target} نام می‌برد که فعالیتی کنار این رویداد نیست (BPMN 2.0.2 §10.7.2)",
        "name an activity of the same process or subprocess, or remove the attribute to compensate all",
        "فعالیتی از همین فرایند یا زیرفرایند نام ببرید، یا برای جبران همه این ویژگی را بردارید"),
    "compensation_unused": Fault(
        "no compensation event leads to it: it can never run", "هیچ رویداد جبرانی به آن نمی‌رسد و هرگز اجرا نمی‌شود",
        "draw an association from a compensation boundary event to it",
        "از یک رویداد مرزی جبران به آن پیوند (association) بکشید", "warning"),
    "cancel_place": Fault(
        "a cancel event stands outside of a transaction (BPMN 2.0.2 §10.5.3, §10.3.5)",
        "رویداد لغو بیرون از تراکنش است (BPMN 2.0.2 §10.5.3، §10.3.5)",
        "put the end event into a transaction and the boundary event at one",
        "رویداد پایان را درون یک تراکنش و رویداد مرزی را روی آن بگذارید"),
    "cancel_boundary": Fault(
        "the transaction is cancelled inside, but no cancel boundary event says what follows (BPMN 2.0.2 §10.5.3)",
        "تراکنش از درون لغو می‌شود ولی رویداد مرزی لغو ندارد (BPMN 2.0.2 §10.5.3)",
        "attach a cancel boundary event to the transaction", "یک رویداد مرزی لغو به تراکنش بچسبانید"),
    "link_target": Fault(
        "nothing here catches the link {link} (BPMN 2.0.2 §10.5.1)",
        "در این‌جا چیزی پیوند {link} را نمی‌گیرد (BPMN 2.0.2 §10.5.1)",
        "draw a link catch event of this name in the same process or subprocess",
        "در همین فرایند یا زیرفرایند یک رویداد دریافت پیوند با همین نام بکشید"),
    "link_twice": Fault(
        "{other} catches the link {link} as well; a link has one target (BPMN 2.0.2 §10.5.1)",
        "{other} نیز پیوند {link} را می‌گیرد؛ هر پیوند یک مقصد دارد (BPMN 2.0.2 §10.5.1)",
        "keep one catch event of this name", "یک رویداد دریافت با این نام نگه دارید"),
    "link_source": Fault(
        "nothing throws the link {link}: it can never run", "چیزی پیوند {link} را نمی‌فرستد و هرگز اجرا نمی‌شود",
        "draw a link throw event of this name, or remove it", "یک رویداد ارسال پیوند با این نام بکشید یا آن را بردارید",
        "warning"),
    "must_interrupt": Fault(
        "an error always interrupts, so {name}=false means nothing (BPMN 2.0.2 §10.5.4, §10.3.5)",
        "خطا همیشه کار را می‌شکند و {name}=false معنا ندارد (BPMN 2.0.2 §10.5.4، §10.3.5)",
        "remove the attribute, or catch an escalation", "این ویژگی را بردارید یا رویداد ارجاع (escalation) بگیرید"),
    "parallel_events": Fault(
        "eventGatewayType=Parallel without instantiate: only a gateway that begins the process may await all its "
        "events (BPMN 2.0.2 §10.6.6)",
        "eventGatewayType=Parallel بدون instantiate: تنها دروازه‌ای که فرایند را آغاز می‌کند می‌تواند همه رویدادها را "
        "بخواهد (BPMN 2.0.2 §10.6.6)",
        "set instantiate, or draw a parallel gateway before catch events",
        "instantiate را بگذارید یا پیش از رویدادها دروازه موازی بکشید"),
    "instantiation": Fault(
        "it begins the process, so {why} (BPMN 2.0.2 §10.3.3, §10.6.6)",
        "آغازگر فرایند است، پس {why_fa} (BPMN 2.0.2 §10.3.3, §10.6.6)",
        "remove the attribute instantiate, or correct the diagram",
        "ویژگی instantiate را بردارید یا نمودار را درست کنید"),
    "event_gateway_target": Fault(
        "{target} follows an event-based gateway but is no catch event or receive task with that one incoming flow "
        "(BPMN 2.0.2 §10.6.6)",
        "{target} پس از دروازه رویدادی آمده ولی رویداد دریافت یا کار دریافت با همین یک ورودی نیست (BPMN 2.0.2 §10.6.6)",
        "let the gateway lead to catch events only", "دروازه را فقط به رویدادهای دریافت وصل کنید"),
    "missing_condition": Fault(
        "the flow {flow} has no condition and is not the default", "جریان {flow} نه شرط دارد و نه پیش‌فرض است",
        "write a FEEL condition on it, or make it the default flow", "شرطی با FEEL بنویسید یا آن را پیش‌فرض کنید"),
    "useless_condition": Fault(
        "the flow {flow} has a condition, but a {place} does not evaluate conditions",
        "جریان {flow} شرط دارد ولی {place} شرط را نمی‌سنجد",
        "remove the condition or use an exclusive or inclusive gateway", "شرط را بردارید یا دروازه دیگری به کار ببرید"),
    "ignored_condition": Fault(
        "the flow has a condition, but a {tag} takes every flow: the condition is ignored",
        "این جریان شرط دارد ولی {tag} همه جریان‌ها را می‌پیماید و شرط نادیده گرفته می‌شود",
        "remove the condition, or use an inclusive gateway", "شرط را بردارید یا دروازه شمولی به کار ببرید", "warning"),
    "condition_on_default": Fault(
        "the default flow {flow} has a condition, which is never evaluated",
        "جریان پیش‌فرض {flow} شرط دارد که هرگز سنجیده نمی‌شود",
        "remove the condition or choose another default flow", "شرط را بردارید یا پیش‌فرض دیگری برگزینید"),
    "bad_default": Fault(
        "the default flow {flow} does not leave this element", "جریان پیش‌فرض {flow} از این عنصر بیرون نمی‌رود",
        "choose one of its outgoing flows", "یکی از جریان‌های خروجی آن را برگزینید"),
    "expression": Fault(
        "{what}: {reason}", "{what}: {reason_fa}", "{hint}", "{hint_fa}"),
    "expression_language": Fault(
        "expressions and scripts are FEEL, not {language}", "عبارت‌ها و اسکریپت‌ها به زبان FEEL هستند، نه {language}",
        "{hint}", "{hint_fa}"),
    "script_format": Fault(
        "the script does not say which language it is in", "اسکریپت نمی‌گوید به چه زبانی است",
        'set scriptFormat="feel"; the script is one FEEL expression',
        'scriptFormat="feel" بگذارید؛ اسکریپت یک عبارت FEEL است'),
    "script_result": Fault(
        "the script gives no context and names no variable for its result",
        "اسکریپت نگاشت نمی‌دهد و متغیری برای نتیجه‌اش نام نبرده است", "{hint}", "{hint_fa}"),
    "variable_name": Fault(
        "{what}: {name} is no name of a variable", "{what}: {name} نام متغیر نیست",
        "use letters, digits and _, beginning with a letter, and no word of FEEL itself",
        "حرف، رقم و _ به کار ببرید که با حرف آغاز شود و واژه‌ای از خود FEEL نباشد"),
    "useless_mapping": Fault(
        "parvaneh:{tag} has no effect on a {place}", "parvaneh:{tag} روی {place} اثری ندارد",
        "put it on {allowed}", "آن را روی یکی از این‌ها بگذارید: {allowed}"),
    "constant_condition": Fault(
        "the condition reads no variable, so nothing that happens later can make it true",
        "شرط هیچ متغیری نمی‌خواند، پس هیچ رویدادی بعدها آن را درست نمی‌کند",
        "name the variable that it waits for, or use a timer",
        "متغیری را که چشم‌به‌راهش است نام ببرید یا زمان‌سنج به کار ببرید", "warning"),
    "unknown_version": Fault(
        "the {kind} {name} has no version {version}; its newest is {newest}",
        "{kind_fa} {name} نسخه {version} ندارد؛ تازه‌ترین نسخه آن {newest} است",
        "choose a version that was deployed, or latest, or deployment",
        "نسخه‌ای را که مستقر شده، یا latest یا deployment، برگزینید"),
    "association_sources": Fault(
        "the data association has several sources and no transformation (BPMN 2.0.2 §10.4.2)",
        "این پیوند داده چند مبدا دارد ولی transformation ندارد (BPMN 2.0.2 §10.4.2)",
        "write a transformation in FEEL, or leave one source",
        "با FEEL یک transformation بنویسید یا یک مبدا بگذارید"),
    "assignment_target": Fault(
        "the assignment goes to {to}, which is not {target} or a member of it",
        "مقصد انتساب {to} است که نه {target} است و نه عضوی از آن",
        "write {target}, or a path such as {target}.total", "{target} یا مسیری مانند {target}.total بنویسید"),
    "data_scope": Fault(
        "{name} refers to {target}, which cannot be reached from here (BPMN 2.0.2 §10.4.1)",
        "{name} به {target} اشاره می‌کند که از این‌جا دسترس‌پذیر نیست (BPMN 2.0.2 §10.4.1)",
        "refer to data of the activity itself, or of a process or subprocess around it",
        "به داده خود فعالیت یا فرایند و زیرفرایند پیرامون آن اشاره کنید"),
    "unknown_store": Fault(
        "dataStoreReference to the data store {name}, which is not registered: no handler {handler}",
        "dataStoreReference به انبار داده {name} که ثبت نشده است: پردازنده {handler} نیست",
        "register the handler {handler}, or remove the data association",
        "پردازنده {handler} را ثبت کنید یا پیوند داده را بردارید"),
    "timer_body": Fault(
        "the timer needs exactly one of timeDate, timeDuration, timeCycle, with a text",
        "زمان‌سنج باید درست یکی از timeDate، timeDuration یا timeCycle را با متن داشته باشد",
        "write a duration such as P3D, a moment, or FEEL", "مدتی مانند P3D، یک لحظه یا عبارت FEEL بنویسید"),
    "timer_cycle": Fault(
        "a cycle is possible only where the event does not interrupt", "تکرار تنها در رویداد نامزاحم شدنی است",
        "use timeDuration, or make the event non-interrupting", "timeDuration به کار ببرید یا رویداد را نامزاحم کنید"),
    "loop_input": Fault(
        "a multi-instance activity needs exactly one of loopDataInputRef and loopCardinality",
        "فعالیت چندنمونه‌ای باید درست یکی از loopDataInputRef و loopCardinality را داشته باشد",
        "name the variable with the list in loopDataInputRef", "نام متغیر فهرست را در loopDataInputRef بنویسید"),
    "loop_maximum": Fault(
        "loopMaximum={value} is no number of runs (BPMN 2.0.2 Table 10.28)",
        "loopMaximum={value} شمار اجراها نیست (BPMN 2.0.2 Table 10.28)",
        "write a whole number from 0 up, or remove the attribute",
        "عددی درست از صفر به بالا بنویسید یا این ویژگی را بردارید"),
    "loop_output": Fault(
        "loopDataOutputRef and outputDataItem go together", "loopDataOutputRef و outputDataItem با هم می‌آیند",
        "give both or neither", "هر دو را بنویسید یا هیچ‌کدام"),
    "no_role": Fault(
        "the user task has no role: nobody could do it", "این کار کاربر نقش ندارد و کسی نمی‌تواند انجامش دهد",
        "set parvaneh:role on its lane or on the task", "parvaneh:role را روی مسیر یا خود کار بگذارید"),
    "no_form": Fault(
        "the user task has no form", "این کار کاربر فرم ندارد",
        "set parvaneh:formKey", "parvaneh:formKey را بگذارید", "warning"),
    "unknown_name": Fault(
        "{kind} {name} is not known", "{kind_fa} {name} شناخته نیست",
        "known: {known}", "شناخته‌شده: {known}"),
    "recursive_call": Fault(
        "the processes call each other in a circle: {path}; none can end without calling the next",
        "فرایندها یکدیگر را در دایره فرا می‌خوانند: {path}؛ هیچ‌کدام بی‌فراخواندن بعدی پایان نمی‌یابد",
        "draw a way around one of the calls, or loop inside one process",
        "راهی بکشید که یکی از فراخوانی‌ها را دور بزند، یا درون یک فرایند حلقه بکشید"),
    "caller_start": Fault(
        "the process {caller} (version {version}) calls the newest version of this one at {element}, which needs a "
        "start event without a trigger",
        "فرایند {caller} (نسخه {version}) در {element} تازه‌ترین نسخه این فرایند را فرا می‌خواند، که رویداد آغاز بی‌محرک "
        "می‌خواهد",
        "draw a plain start event, or deploy the caller with the number of the version that it is to call",
        "یک رویداد آغاز ساده بکشید، یا فراخواننده را با شماره نسخه‌ای که باید فرا بخواند مستقر کنید"),
    "caller_flow": Fault(
        "the process {caller} (version {version}) calls the newest version; with this one, at {element}: {what}",
        "فرایند {caller} (نسخه {version}) تازه‌ترین نسخه را فرا می‌خواند؛ با این نسخه در {element}: {what_fa}",
        "mend either process, or deploy the caller with the number of the version that it is to call",
        "یکی از دو فرایند را درست کنید، یا فراخواننده را با شماره نسخه‌ای که باید فرا بخواند مستقر کنید", "warning"),
    "unchecked_caller": Fault(
        "the process {caller} (version {version}) calls newest versions of this bundle, but cannot be read: whether it "
        "goes on with them was not checked",
        "فرایند {caller} (نسخه {version}) تازه‌ترین نسخه‌های این بسته را فرا می‌خواند ولی خواندنی نیست: سازگاری آن وارسی "
        "نشد",
        "deploy it again", "آن را دوباره مستقر کنید", "warning"),
    "unchecked_call": Fault(
        "the process {name} is called in another deployment's version ({version}), which is not known here: nothing "
        "was checked about it",
        "فرایند {name} با نسخه‌ای از استقراری دیگر ({version}) فراخوانده می‌شود که اینجا شناخته نیست: دربارهٔ آن چیزی "
        "وارسی نشد",
        "check the bundle where it is to be deployed", "بسته را در همان جایی که مستقر می‌شود وارسی کنید", "warning"),
    "endless_loop": Fault(
        "a cycle without a wait: {path}; no flow leads out of it", "چرخه‌ای بی‌انتظار که راهی از آن بیرون نمی‌رود: {path}",
        "put a user task, timer or message into the cycle, or a flow with a condition out of it",
        "در چرخه یک کار کاربر، زمان‌سنج یا پیام بگذارید، یا جریانی شرط‌دار از آن بیرون بکشید"),
    "loop_without_wait": Fault(
        "a cycle without a wait: {path}; it must end by itself, or it becomes an incident",
        "چرخه‌ای بی‌انتظار: {path}؛ باید خودش پایان یابد، وگرنه رخداد می‌شود",
        "make sure that a condition leads out of it, or put a user task, timer or message into it",
        "ببینید که شرطی از آن بیرون می‌برد، یا در آن یک کار کاربر، زمان‌سنج یا پیام بگذارید", "warning"),
}


CLAUSES = {
    "flow_end": "§7.6.1", "missing_id": "§8.3.1", "bad_id": "§8.3.1", "missing_reference": "§8.3.1",
    "no_incoming": "§10.5.2", "no_outgoing": "§10.5.2, §10.5.4, §10.6.1",
    "duplicate_id": "§8.3.1", "flow_into": "§7.6.1", "flow_out_of": "§7.6.1", "bad_attachment": "§10.5.4",
    "event_gateway_flows": "§10.6.6", "event_gateway_mixed": "§10.6.6", "unused_reference": "§8.3.1",
    "missing_condition": "§10.6.2", "condition_on_default": "§8.4.13", "bad_default": "§8.4.13",
    "useless_condition": "§8.4.13", "wrong_event": "§10.5.1", "unsupported_event": "§10.5.1",
}
"""The clause of BPMN 2.0.2 that a fault breaks, where its text does not name one."""


def problem(code: str, *, where: str, file: str | None, line: int | None, column: int | None = None,
            **facts: Any) -> values.Problem:
    """A problem of the catalogue with its facts filled in."""
    fault = CATALOGUE[code]
    texts = [template.format(**facts) for template in fault[:4]]
    for noun in (str(facts.get(name, "")) for name in ("place", "kind", "tag")):
        if noun[:1] in tuple("aeio"):
            texts[0] = texts[0].replace(f"a {noun}", f"an {noun}")
    if code in CLAUSES:
        texts[:2] = [f"{text} (BPMN 2.0.2 {CLAUSES[code]})" for text in texts[:2]]
    return values.Problem(where=where, what=texts[0], what_fa=texts[1], fix=texts[2], fix_fa=texts[3], code=code,
                          file=file, line=line, column=column, severity=fault.severity)


def mend(hint: str, hint_fa: str) -> dict[str, Any]:
    """The two `hint` facts of the faults whose mending depends on the case."""
    return {"hint": hint, "hint_fa": hint_fa}
