#!/usr/bin/env python3
"""An application that sends orders to one API. To have pantograph carry each call to two, change its base URL alone:

    ORDERS_URL=http://127.0.0.1:4100 python3 orders.py

Needs nothing but Python's standard library; with requests or httpx it is the same one line.
"""

import json
import os
import urllib.error
import urllib.request

BASE_URL = os.environ.get("ORDERS_URL", "http://127.0.0.1:4100")


def send(order):
    request = urllib.request.Request(
        f"{BASE_URL}/orders",
        data=json.dumps(order).encode(),
        headers={"Content-Type": "application/json", "Idempotency-Key": f'"order-{order["id"]}"'},
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        # pantograph's own errors are application/problem+json and name their class; everything else is the upstream's word.
        if error.headers.get("Content-Type") == "application/problem+json":
            problem = json.load(error)
            return error.code, f'pantograph: {problem["class"]}: {problem["detail"]}'
        return error.code, error.read()


if __name__ == "__main__":
    for number in range(1, 11):
        status, answer = send({"id": number, "item": "pencil", "count": number})
        print(number, status, answer[:120])
