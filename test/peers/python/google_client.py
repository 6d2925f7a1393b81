"""google-auth: the metadata server's account, then another one by impersonation; prints each identity and call."""

import json

import google.auth
from google.auth import impersonated_credentials
from google.auth.transport.requests import AuthorizedSession

SCOPES = ["https://www.googleapis.com/auth/cloud-platform"]


def call(credentials, who, url):
    answer = AuthorizedSession(credentials).get(url)
    print(json.dumps({"as": who, "url": url, "status": answer.status_code}), flush=True)


own, project = google.auth.default(scopes=SCOPES)
call(own, "agent@lab-project.iam.gserviceaccount.com", "https://storage.googleapis.com/storage/v1/b/reports/o")
target = "writer@lab-project.iam.gserviceaccount.com"
other = impersonated_credentials.Credentials(source_credentials=own, target_principal=target, target_scopes=SCOPES)
secret = f"https://secretmanager.googleapis.com/v1/projects/{project}/secrets/db/versions/latest:access"
call(other, target, secret)
call(other, target, secret)
