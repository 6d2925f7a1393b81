"""Messages, plain and streamed, with and without tools; prints what it asked for and was answered."""

import json
import os

import anthropic

client = anthropic.Anthropic(api_key=os.environ["ANTHROPIC_API_KEY"], max_retries=0)
canary = os.environ.get("CANARY_PROMPT", "")
base = {
    "max_tokens": 100,
    "system": f"You are a guide. {canary}",
    "messages": [{"role": "user", "content": f"What is the weather? {canary}"}],
}
schema = {"type": "object", "properties": {"city": {"type": "string"}}}
tools = [{"name": "weather", "description": "of a city", "input_schema": schema}]


def say(asked, message, stream):
    called = [block.name for block in message.content if block.type == "tool_use"]
    line = {"api": "messages", "asked": asked, "answered": message.model, "stream": stream, "tools": called}
    print(json.dumps(line), flush=True)


for body in [{**base, "model": "claude-plain"}, {**base, "model": "claude-tools", "tools": tools}]:
    say(body["model"], client.messages.create(**body), False)
    with client.messages.stream(**body) as stream:
        say(body["model"], stream.get_final_message(), True)
