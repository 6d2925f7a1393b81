/** The names that clients know, and where they are here. */
export const METADATA = '169.254.169.254';
export const KUBERNETES = '10.96.0.1';

const LOCAL = [
  'api.openai.com',
  'api.anthropic.com',
  'mcp.example.com',
  'shop.example.com',
  'oauth2.googleapis.com',
  'sts.googleapis.com',
  'iamcredentials.googleapis.com',
  'storage.googleapis.com',
  'secretmanager.googleapis.com',
  ...['s3', 'reports.s3', 'dynamodb', 'sqs', 'sts', 'secretsmanager'].map(
    (one) => `${one}.us-east-1.amazonaws.com`,
  ),
  'bedrock-runtime.us-east-1.amazonaws.com',
  'generativelanguage.googleapis.com',
  'us-central1-aiplatform.googleapis.com',
  'lab.openai.azure.com',
  'api.mistral.ai',
  'api.cohere.com',
  'router.huggingface.co',
  'api.groq.com',
  's3.amazonaws.com',
  'reports.s3.amazonaws.com',
  'sts.amazonaws.com',
];

export const HOSTS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(LOCAL.map((name) => [name, '127.0.0.1'])),
  'metadata.google.internal': METADATA,
  'kubernetes.default.svc': KUBERNETES,
};
