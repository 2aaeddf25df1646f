"""A client that was generated from /openapi.json takes a document from its upload to its confirmation.

usage: story.py FOLDER-OF-THE-CLIENT ADDRESS
"""

import io
import sys

sys.path.insert(0, sys.argv[1])
address = sys.argv[2]

from sohoa_client import AuthenticatedClient  # noqa: E402
from sohoa_client.api.documents import follow_document, get_document, get_document_result, list_documents, upload_document  # noqa: E402
from sohoa_client.api.rubrics import change_rubric, confirm_rubric, export_rubric, get_rubric, submit_rubric  # noqa: E402
from sohoa_client.models import ChangeBody, EditBody, Problem, SohoaRubric, UploadForm  # noqa: E402
from sohoa_client.types import File  # noqa: E402


def signed_in(name):
    return AuthenticatedClient(base_url=address, token=f"token-of-{name}", raise_on_unexpected_status=True)


def good(response, status=200):
    assert response.status_code == status, (response.status_code, response.content)
    return response.parsed


hoa, lan = signed_in("hoa"), signed_in("lan")

file = File(payload=io.BytesIO(b"%PDF-1.7 one"), file_name="quyết định.pdf", mime_type="application/pdf")
uploaded = good(upload_document.sync_detailed(client=hoa, body=UploadForm(file=file)), 202)
assert not uploaded.duplicate

# The stream ends when the document has been read.
told = follow_document.sync_detailed(uploaded.id, client=hoa).content.decode()
assert "event: done" in told, told
document = good(get_document.sync_detailed(uploaded.id, client=hoa))
assert (document.state, document.number) == ("ready", "1420/KH-UBND"), document
found = good(list_documents.sync_detailed(client=hoa, q="thang diem thi dua"))
assert [entry.id for entry in found.documents] == [document.id], found
whole = good(get_document_result.sync_detailed(document.id, client=hoa))
assert whole.rubrics[0].criteria[1].title == "Kế hoạch", whole

rubric = document.rubrics[0].id
answer = get_rubric.sync_detailed(rubric, client=hoa)
body = good(answer)
assert isinstance(body.rubric, SohoaRubric) and body.rubric.criteria[1].max_score == "2", body.rubric
edit = ChangeBody(edits=[EditBody(criterion="I.1", field="max_score", value="1,5")])
etag = answer.headers["etag"]
edited = good(change_rubric.sync_detailed(rubric, client=hoa, body=edit, if_match=etag))
assert edited.rubric.criteria[1].max_score == "1.5"

# On the version before it is refused, as a problem with a stable code.
stale = change_rubric.sync_detailed(rubric, client=lan, body=edit, if_match=etag)
assert stale.status_code == 412 and isinstance(stale.parsed, Problem) and stale.parsed.code == "stale", stale

assert good(submit_rubric.sync_detailed(rubric, client=lan)).state == "submitted"
own = confirm_rubric.sync_detailed(rubric, client=lan)
assert own.status_code == 403 and own.parsed.code == "same_person", own
confirmed = good(confirm_rubric.sync_detailed(rubric, client=signed_in("minh")))
assert (confirmed.state, confirmed.submitted_by, confirmed.confirmed_by) == ("confirmed", "lan", "minh")
exported = export_rubric.sync_detailed(rubric, client=hoa, format_="json")
assert exported.status_code == 200 and b'"confirmed"' in exported.content
print("the story is told")
