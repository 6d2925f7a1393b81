/** Messages, plain and streamed, with and without tools; prints what it asked for and was answered. */
import Anthropic from '@anthropic-ai/sdk';

const client = new Anthropic({ apiKey: process.env.ANTHROPIC_API_KEY, maxRetries: 0 });
const input_schema = { type: 'object', properties: { city: { type: 'string' } } };
const base = {
  max_tokens: 100,
  system: `You are a guide. ${process.env.CANARY_PROMPT ?? ''}`,
  messages: [{ role: 'user', content: `What is the weather? ${process.env.CANARY_PROMPT ?? ''}` }],
};
const tools = [{ name: 'weather', description: 'of a city', input_schema }];
const say = (one) => console.log(JSON.stringify({ api: 'messages', ...one }));
const called = ({ content }) => content.filter(({ type }) => type === 'tool_use').map(({ name }) => name);

for (const body of [
  { ...base, model: 'claude-plain' },
  { ...base, model: 'claude-tools', tools },
]) {
  const whole = await client.messages.create(body);
  say({ asked: body.model, answered: whole.model, stream: false, tools: called(whole) });
  const streamed = await client.messages.stream(body).finalMessage();
  say({ asked: body.model, answered: streamed.model, stream: true, tools: called(streamed) });
}
await client.messages.create({ ...base, model: 'refused' }).catch(({ status }) => {
  say({ asked: 'refused', answered: null, stream: false, tools: [], status });
});
