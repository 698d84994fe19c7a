# SPDX-License-Identifier: MIT
"""The SDK's clients of the two accounts, and what the checks ask of them."""
import json
import sys
import uuid
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from checks import wait_for
from coinbase.rest import RESTClient

READY = json.loads(sys.argv[1])
HOST = READY["rest"].removeprefix("https://")


def client(number=0, **options):
    made = RESTClient(key_file=READY["keys"][number], base_url=HOST, timeout=20, **options)
    made.session.trust_env = False
    made.session.verify = READY["cert"]
    return made


ME, OTHER = client(0), client(1)


def fresh():
    return str(uuid.uuid4())


def later(**span):
    return (datetime.now(timezone.utc) + timedelta(**span)).strftime("%Y-%m-%dT%H:%M:%SZ")


def placed(answer):
    assert answer.success, answer.to_dict()
    return answer.success_response["order_id"]


def reason(answer):
    assert not answer.success, answer.to_dict()
    told = answer.error_response
    for word in (told.get(name) for name in ("new_order_failure_reason", "preview_failure_reason", "error")):
        if word and not word.startswith("UNKNOWN"):
            return word
    return told["message"]


def order(order_id, whose=ME):
    return whose.get_order(order_id).order


def status(order_id, wanted, whose=ME):
    return wait_for(lambda: (found := order(order_id, whose)).status == wanted and found)


def balance(currency, whose=ME):
    for account in whose.get_accounts(limit=250).accounts:
        if account["currency"] == currency:
            return Decimal(account["available_balance"]["value"]), Decimal(account["hold"]["value"])
    return Decimal(0), Decimal(0)


def cancel(*ids, whose=ME):
    return [result["success"] for result in whose.cancel_orders(list(ids)).results]


def other_secret():
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    ).decode()
