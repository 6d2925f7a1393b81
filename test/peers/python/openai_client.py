"""Each API of the SDK, plain and streamed, with and without tools; prints what it asked for and was answered."""

import json
import os

import openai

client = openai.OpenAI(api_key=os.environ["OPENAI_API_KEY"], max_retries=0)
canary = os.environ.get("CANARY_PROMPT", "")
messages = [
    {"role": "system", "content": f"You are a guide. {canary}"},
    {"role": "user", "content": f"What is the weather? {canary}"},
]
schema = {"type": "object", "properties": {"city": {"type": "string"}}}
tools = [{"type": "function", "function": {"name": "weather", "parameters": schema}}]


def say(api, asked, answered, stream, called=(), **more):
    line = {"api": api, "asked": asked, "answered": answered, "stream": stream, "tools": list(called)}
    print(json.dumps({**line, **more}), flush=True)


for _ in range(3):
    whole = client.chat.completions.create(model="gpt-plain", messages=messages)
    say("chat.completions", "gpt-plain", whole.model, False)
whole = client.chat.completions.create(model="gpt-tools", messages=messages, tools=tools)
say("chat.completions", "gpt-tools", whole.model, False, [c.function.name for c in whole.choices[0].message.tool_calls])

names, answered = [], None
for chunk in client.chat.completions.create(model="gpt-tools", messages=messages, tools=tools, stream=True):
    answered = chunk.model
    for choice in chunk.choices:
        names += [c.function.name for c in choice.delta.tool_calls or [] if c.function.name]
say("chat.completions", "gpt-tools", answered, True, names)

embedded = client.embeddings.create(model="text-embedding", input=["some text"])
say("embeddings", "text-embedding", embedded.model, False)
try:
    client.chat.completions.create(model="refused", messages=messages)
except openai.RateLimitError as error:
    say("chat.completions", "refused", None, False, status=error.status_code)
