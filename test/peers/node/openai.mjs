/** Each API of the SDK, plain and streamed, with and without tools; prints what it asked for and was answered. */
import OpenAI from 'openai';

const client = new OpenAI({ apiKey: process.env.OPENAI_API_KEY, maxRetries: 0 });
const parameters = { type: 'object', properties: { city: { type: 'string' } } };
const messages = [
  { role: 'system', content: `You are a guide. ${process.env.CANARY_PROMPT ?? ''}` },
  { role: 'user', content: `What is the weather? ${process.env.CANARY_PROMPT ?? ''}` },
];
const tools = [{ type: 'function', function: { name: 'weather', description: 'of a city', parameters } }];
const say = (one) => console.log(JSON.stringify(one));

for (let i = 0; i < 3; i++) {
  const { model } = await client.chat.completions.create({ model: 'gpt-plain', messages });
  say({ api: 'chat.completions', asked: 'gpt-plain', answered: model, stream: false, tools: [] });
}
const asked = await client.chat.completions.create({ model: 'gpt-tools', messages, tools });
const [{ function: called }] = asked.choices[0].message.tool_calls;
say({
  api: 'chat.completions',
  asked: 'gpt-tools',
  answered: asked.model,
  stream: false,
  tools: [called.name],
});
for (const body of [
  { model: 'gpt-plain', messages },
  { model: 'gpt-tools', messages, tools },
]) {
  const final = await client.chat.completions.stream(body).finalChatCompletion();
  const names = (final.choices[0].message.tool_calls ?? []).map((one) => one.function.name);
  say({ api: 'chat.completions', asked: body.model, answered: final.model, stream: true, tools: names });
}
const own = [{ type: 'function', name: 'lookup', parameters, strict: false }];
const response = await client.responses.create({ model: 'gpt-responses', input: 'hello', tools: own });
say({
  api: 'responses',
  asked: 'gpt-responses',
  answered: response.model,
  stream: false,
  tools: [response.output[0].name],
});
const events = await client.responses.create({ model: 'gpt-responses', input: 'hello', stream: true });
for await (const event of events)
  if (event.type === 'response.completed')
    say({
      api: 'responses',
      asked: 'gpt-responses',
      answered: event.response.model,
      stream: true,
      tools: [],
    });
const embedded = await client.embeddings.create({ model: 'text-embedding', input: ['some text'] });
say({ api: 'embeddings', asked: 'text-embedding', answered: embedded.model, stream: false, tools: [] });
await client.chat.completions.create({ model: 'refused', messages }).catch(({ status }) => {
  say({ api: 'chat.completions', asked: 'refused', answered: null, stream: false, tools: [], status });
});
