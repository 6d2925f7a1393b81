"""One API of models by its own SDK, whole and streamed; prints what it asked for and was answered.

models_client.py NAME
"""

import json
import sys

SYSTEM = "You are a guide."
PROMPT = "What is the weather?"
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
FUNCTION = {"type": "function", "function": {"name": "weather", "description": "Tells.", "parameters": SCHEMA}}
MESSAGES = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": PROMPT}]
CLAUDE_TOOL = {"name": "weather", "description": "Tells.", "input_schema": SCHEMA}
CLAUDE = {"max_tokens": 64, "system": SYSTEM, "messages": MESSAGES[1:], "tools": [CLAUDE_TOOL]}


def say(subject, api, answered, stream, tools, used):
    line = {"subject": subject, "api": api, "answered": answered, "stream": stream, "tools": list(tools)}
    print(json.dumps({**line, "input": used[0], "output": used[1]}), flush=True)


def of_openai(where, client, model):
    """@where what stands before the model in a subject"""
    used = lambda usage: (usage.prompt_tokens, usage.completion_tokens)
    whole = client.chat.completions.create(model=model, messages=MESSAGES, tools=[FUNCTION])
    calls = [c.function.name for c in whole.choices[0].message.tool_calls]
    say(f"{where}/{model}", "chat.completions", whole.model, False, calls, used(whole.usage))
    calls, last = [], None
    for chunk in client.chat.completions.create(model=model, messages=MESSAGES, tools=[FUNCTION], stream=True):
        last = chunk
        for choice in chunk.choices:
            calls += [c.function.name for c in choice.delta.tool_calls or [] if c.function.name]
    say(f"{where}/{model}", "chat.completions", last.model, True, calls, used(last.usage))


def of_anthropic(where, api, client, model):
    used = lambda usage: (usage.input_tokens, usage.output_tokens)
    whole = client.messages.create(model=model, **CLAUDE)
    say(f"{where}/{model}", api, whole.model, False, [b.name for b in whole.content], used(whole.usage))
    with client.messages.stream(model=model, **CLAUDE) as stream:
        whole = stream.get_final_message()
    say(f"{where}/{model}", api, whole.model, True, [b.name for b in whole.content], used(whole.usage))


KEYS = {"aws_access_key_id": "AKIALABSTATIC00000001", "aws_secret_access_key": "lab-secret"}


def converse():
    import boto3

    client = boto3.client("bedrock-runtime", region_name="us-east-1", **KEYS)
    model = "amazon.nova-lite-v1:0"
    spec = {"toolSpec": {"name": "weather", "inputSchema": {"json": SCHEMA}}}
    asked = {
        "modelId": model,
        "system": [{"text": SYSTEM}],
        "messages": [{"role": "user", "content": [{"text": PROMPT}]}],
        "toolConfig": {"tools": [spec]},
    }
    used = lambda usage: (usage["inputTokens"], usage["outputTokens"])
    whole = client.converse(**asked)
    calls = [b["toolUse"]["name"] for b in whole["output"]["message"]["content"]]
    say(f"bedrock/{model}", "converse", None, False, calls, used(whole["usage"]))
    calls, usage = [], None
    for event in client.converse_stream(**asked)["stream"]:
        if "contentBlockStart" in event:
            calls.append(event["contentBlockStart"]["start"]["toolUse"]["name"])
        if "metadata" in event:
            usage = event["metadata"]["usage"]
    say(f"bedrock/{model}", "converse", None, True, calls, used(usage))


def invoke():
    import anthropic

    client = anthropic.AnthropicBedrock(
        aws_region="us-east-1", aws_access_key=KEYS["aws_access_key_id"], aws_secret_key=KEYS["aws_secret_access_key"]
    )
    of_anthropic("bedrock", "invoke", client, "us.anthropic.claude-sonnet-4-v1:0")


def of_google(where, api, client, model):
    from google.genai import types

    declared = types.FunctionDeclaration(name="weather", description="Tells.", parameters_json_schema=SCHEMA)
    config = types.GenerateContentConfig(
        system_instruction=SYSTEM,
        tools=[types.Tool(function_declarations=[declared])],
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )
    used = lambda u: (u.prompt_token_count, u.candidates_token_count)
    asked = {"model": model, "contents": PROMPT, "config": config}
    whole = client.models.generate_content(**asked)
    calls = [c.name for c in whole.function_calls]
    say(f"{where}/{model}", api, whole.model_version, False, calls, used(whole.usage_metadata))
    calls, last = [], None
    for chunk in client.models.generate_content_stream(**asked):
        last = chunk
        calls += [c.name for c in chunk.function_calls or []]
    say(f"{where}/{model}", api, last.model_version, True, calls, used(last.usage_metadata))


def gemini():
    from google import genai

    of_google("gemini", "generateContent", genai.Client(api_key="AIza-c4n4ry", http_options={"api_version": "v1beta"}), "gemini-lab")


def vertex():
    from google import genai
    from google.oauth2.credentials import Credentials

    client = genai.Client(
        vertexai=True, project="lab-project", location="us-central1", credentials=Credentials("ya29.c4n4ry")
    )
    of_google("vertex", "generateContent", client, "gemini-lab")


def vertex_claude():
    import anthropic

    client = anthropic.AnthropicVertex(project_id="lab-project", region="us-central1", access_token="ya29.c4n4ry")
    of_anthropic("vertex/anthropic", "anthropic.rawPredict", client, "claude-sonnet-4")


def azure():
    import openai

    client = openai.AzureOpenAI(
        azure_endpoint="https://lab.openai.azure.com", api_key="c4n4ry", api_version="2025-01-01", max_retries=0
    )
    of_openai("lab.openai.azure.com", client, "our-deployment")


def mistral():
    try:
        from mistralai import Mistral
    except ImportError:
        from mistralai.client import Mistral

    client = Mistral(api_key="c4n4ry")
    used = lambda usage: (usage.prompt_tokens, usage.completion_tokens)
    asked = {"model": "mistral-lab", "messages": MESSAGES, "tools": [FUNCTION]}
    whole = client.chat.complete(**asked)
    calls = [c.function.name for c in whole.choices[0].message.tool_calls]
    say("mistral/mistral-lab", "chat.completions", whole.model, False, calls, used(whole.usage))
    calls, last = [], None
    for event in client.chat.stream(**asked):
        last = event.data
        for choice in last.choices:
            calls += [c.function.name for c in choice.delta.tool_calls or []]
    say("mistral/mistral-lab", "chat.completions", last.model, True, calls, used(last.usage))


def cohere():
    import cohere as sdk

    client = sdk.ClientV2(api_key="c4n4ry")
    asked = {"model": "command-lab", "messages": MESSAGES, "tools": [FUNCTION]}
    used = lambda usage: (int(usage.tokens.input_tokens), int(usage.tokens.output_tokens))
    whole = client.chat(**asked)
    calls = [c.function.name for c in whole.message.tool_calls]
    say("cohere/command-lab", "cohere.chat", None, False, calls, used(whole.usage))
    calls, usage = [], None
    for event in client.chat_stream(**asked):
        if event.type == "tool-call-start":
            calls.append(event.delta.message.tool_calls.function.name)
        if event.type == "message-end":
            usage = event.delta.usage
    say("cohere/command-lab", "cohere.chat", None, True, calls, used(usage))


def ollama():
    import ollama as sdk

    client = sdk.Client(host="http://localhost:11434")
    asked = {"model": "llama-lab", "messages": MESSAGES, "tools": [FUNCTION]}
    where = "localhost:11434/llama-lab"
    whole = client.chat(**asked)
    calls = [c.function.name for c in whole.message.tool_calls]
    say(where, "ollama.chat", whole.model, False, calls, (whole.prompt_eval_count, whole.eval_count))
    calls, last = [], None
    for last in client.chat(**asked, stream=True):
        calls += [c.function.name for c in last.message.tool_calls or []]
    say(where, "ollama.chat", last.model, True, calls, (last.prompt_eval_count, last.eval_count))


def huggingface():
    from huggingface_hub import InferenceClient

    client = InferenceClient(base_url="https://router.huggingface.co/v1", api_key="hf_c4n4ry")
    of_openai("huggingface", client, "Qwen/lab:together")


def groq():
    import openai

    client = openai.OpenAI(base_url="https://api.groq.com/openai/v1", api_key="c4n4ry", max_retries=0)
    of_openai("groq", client, "llama-lab")


def vllm():
    import openai

    client = openai.OpenAI(base_url="http://localhost:11434/v1", api_key="c4n4ry", max_retries=0)
    of_openai("localhost:11434", client, "our-lora")


{
    one.__name__: one
    for one in (converse, invoke, gemini, vertex, vertex_claude, azure, mistral, cohere, ollama, huggingface, groq, vllm)
}[sys.argv[1]]()
