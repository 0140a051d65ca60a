"""What a fault is, and those that a file as a whole can have: its form, its references, its message flows."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Fault(NamedTuple):
    """What can be wrong with a diagram and how to mend it; templates over the facts of a finding."""

    what: str
    what_fa: str
    fix: str
    fix_fa: str
    severity: Literal["error", "warning"] = "error"


OF_FILES: dict[str, Fault] = {
    "too_large": Fault(
        "the file has {size} bytes, more than {limit}", "اندازه فایل {size} بایت است و از {limit} بیشتر است",
        "remove embedded images or split the diagram", "تصویرهای درون فایل را بردارید یا نمودار را بشکنید"),
    "not_xml": Fault(
        "not well-formed XML: {reason}", "فایل XML درست نیست: {reason}",
        "export the diagram again from the modeler", "نمودار را دوباره از ویرایشگر ذخیره کنید"),
    "doctype": Fault(
        "a DOCTYPE or entity declaration is not allowed", "اعلان DOCTYPE یا موجودیت مجاز نیست",
        "remove everything between <!DOCTYPE and the first element",
        "هر آنچه پیش از نخستین عنصر در <!DOCTYPE آمده بردارید"),
    "encoding": Fault(
        "the file is encoded in {encoding}, not in UTF-8", "کدگذاری فایل {encoding} است، نه UTF-8",
        "save it as UTF-8", "آن را با UTF-8 ذخیره کنید"),
    "not_bpmn": Fault(
        "the root element is {tag}, not definitions of BPMN 2.0", "ریشه فایل {tag} است، نه definitions در BPMN 2.0",
        "save the file as BPMN 2.0 XML", "فایل را با قالب BPMN 2.0 ذخیره کنید"),
    "no_process": Fault(
        "the file has no executable process", "فایل هیچ فرایند اجراپذیری ندارد",
        'add a process with isExecutable="true"', 'یک فرایند با isExecutable="true" بیفزایید'),
    "missing_id": Fault(
        "a {tag} has no id", "یک {tag} شناسه ندارد", "give it a unique id", "شناسه‌ای یکتا به آن بدهید"),
    "bad_id": Fault(
        "the id has characters that XML ids may not have", "شناسه نویسه‌ای دارد که در شناسه‌های XML مجاز نیست",
        "use letters, digits, hyphen, underscore and full stop", "حرف، رقم، خط تیره، زیرخط و نقطه به کار ببرید"),
    "duplicate_id": Fault(
        "the id is used more than once (also in line {other})", "این شناسه بیش از یک بار آمده است (سطر {other})",
        "rename one of them and the references to it", "یکی را با ارجاع‌هایش تغییر نام دهید"),
    "duplicate_process": Fault(
        "the process id is used in {other} too", "شناسه این فرایند در {other} نیز آمده است",
        "give each process of the bundle its own id", "به هر فرایند بسته شناسه‌ای جدا بدهید"),
    "missing_reference": Fault(
        "{name} refers to {target}, which does not exist", "{name} به {target} اشاره می‌کند که وجود ندارد",
        "draw the connection again or remove it", "اتصال را دوباره بکشید یا بردارید"),
    "message_flow_inside": Fault(
        "the message flow stays inside the pool {pool} (BPMN 2.0.2 §9.4)",
        "این جریان پیام درون یک استخر ({pool}) می‌ماند (BPMN 2.0.2 §9.4)",
        "connect two pools, or draw a sequence flow", "دو استخر را به هم وصل کنید یا جریان توالی بکشید"),
    "unused_reference": Fault(
        "{name} names {target}, which the file does not have; nothing follows from it",
        "{name} از {target} نام می‌برد که در فایل نیست؛ چیزی از آن برنمی‌آید",
        "correct the reference, or remove it", "ارجاع را درست کنید یا بردارید", "warning"),
    "listed_flow": Fault(
        "{name} lists {flow}, which is no flow that {leads} here; the flows are followed as they are drawn (BPMN 2.0.2 "
        "§8.4.13)",
        "{name} از {flow} نام می‌برد که جریانی نیست که {leads_fa}؛ جریان‌ها چنان که کشیده شده‌اند دنبال می‌شوند (BPMN "
        "2.0.2 §8.4.13)",
        "correct the list, or draw the flow", "فهرست را درست کنید یا جریان را بکشید", "warning"),
    "message_flow_end": Fault(
        "{name} refers to {target}, a {tag}, where no message flow may {ends} (BPMN 2.0.2 §7.6.2)",
        "{name} به {target} از نوع {tag} اشاره می‌کند که جریان پیام {ends_fa} (BPMN 2.0.2 §7.6.2)",
        "connect pools, activities, and events that send or receive",
        "استخر، فعالیت یا رویدادی را که می‌فرستد یا می‌گیرد وصل کنید"),
    "must_understand": Fault(
        "the file asks for an extension that is not known here, {definition}, and says that it must be understood "
        "(BPMN 2.0.2 §8.3.3)",
        "فایل افزونه‌ای می‌خواهد که این‌جا شناخته نیست ({definition}) و می‌گوید که باید فهمیده شود (BPMN 2.0.2 §8.3.3)",
        'set mustUnderstand="false" if the diagram means the same without it',
        'اگر نمودار بی آن همان معنا را دارد mustUnderstand="false" بگذارید'),
    "other_default_language": Fault(
        "expressionLanguage={value}, but {count} expressions that name no language of their own are read as FEEL (BPMN "
        "2.0.2 §8.2.1)",
        "expressionLanguage={value} است، ولی {count} عبارت که زبانی از خود ندارند FEEL خوانده می‌شوند (BPMN 2.0.2 "
        "§8.2.1)",
        "write them in FEEL, and remove the attribute", "آنها را با FEEL بنویسید و این ویژگی را بردارید", "warning"),
}
