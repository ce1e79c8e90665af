"""Reads what the gateway let through as a Python service does: JSON by json, forms by the e-mail parser. For readings.test.ts."""
import base64
import json
import sys
from email.parser import BytesParser
from email.policy import HTTP


def read_form(content_type, body):
    message = BytesParser(policy=HTTP).parsebytes(b"content-type: " + content_type.encode() + b"\r\n\r\n" + body)
    fields = []
    for part in message.iter_parts():
        disposition = part["content-disposition"]
        name = disposition.params.get("name") if disposition else None
        fields.append([name, part.get_filename() or "", part.get_payload(decode=True).decode("latin-1")])
    return {"error": "", "fields": fields}


def read_document(text):
    document = json.loads(text)
    names = ("model", "max_tokens", "store", "stream", "messages")
    return {name: document.get(name) for name in names}


documents, forms = json.load(sys.stdin)
json.dump(
    {
        "documents": [read_document(text) for text in documents],
        "forms": [read_form(form["contentType"], base64.b64decode(form["body"])) for form in forms],
    },
    sys.stdout,
)
