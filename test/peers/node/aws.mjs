/** S3, DynamoDB, SQS and STS by the SDK for JavaScript; prints each call and whether it succeeded. */
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as s3 from '@aws-sdk/client-s3';
import * as sqs from '@aws-sdk/client-sqs';
import * as sts from '@aws-sdk/client-sts';

const base = { region: 'us-east-1', maxAttempts: 1 };

async function call(service, client, command) {
  let error = null;
  const result = await client.send(command).catch((failure) => {
    error = failure.name;
  });
  await result?.Body?.transformToByteArray();
  const operation = command.constructor.name.replace(/Command$/, '');
  console.log(JSON.stringify({ service, operation, error }));
  return result;
}

const own = { accessKeyId: 'AKIALABSTATIC0000001', secretAccessKey: 'lab-secret' };
const security = new sts.STSClient({ ...base, credentials: own });
await call('sts', security, new sts.GetCallerIdentityCommand({}));
const RoleArn = 'arn:aws:iam::123456789012:role/writer';
const assumed = await call('sts', security, new sts.AssumeRoleCommand({ RoleArn, RoleSessionName: 'lab' }));
const { AccessKeyId, SecretAccessKey, SessionToken } = assumed.Credentials;
const credentials = {
  accessKeyId: AccessKeyId,
  secretAccessKey: SecretAccessKey,
  sessionToken: SessionToken,
};

const store = new s3.S3Client({ ...base, credentials });
const Bucket = 'reports';
await call('s3', store, new s3.CreateBucketCommand({ Bucket }));
await call('s3', store, new s3.PutObjectCommand({ Bucket, Key: '2026/two.txt', Body: 'some text' }));
await call('s3', store, new s3.GetObjectCommand({ Bucket, Key: '2026/two.txt' }));
await call('s3', store, new s3.ListObjectsV2Command({ Bucket, Prefix: '2026/' }));
await call('s3', store, new s3.GetObjectCommand({ Bucket, Key: '2026/none.txt' }));
await call('s3', store, new s3.ListBucketsCommand({}));

const tables = new dynamodb.DynamoDBClient({ ...base, credentials });
const TableName = 'notes';
const KeySchema = [{ AttributeName: 'id', KeyType: 'HASH' }];
const AttributeDefinitions = [{ AttributeName: 'id', AttributeType: 'S' }];
const table = { TableName, KeySchema, AttributeDefinitions, BillingMode: 'PAY_PER_REQUEST' };
const Item = { id: { S: 'one' }, note: { S: 'some text' } };
await call('dynamodb', tables, new dynamodb.CreateTableCommand(table));
await call('dynamodb', tables, new dynamodb.PutItemCommand({ TableName, Item }));
await call('dynamodb', tables, new dynamodb.GetItemCommand({ TableName, Key: { id: { S: 'one' } } }));
await call('dynamodb', tables, new dynamodb.ScanCommand({ TableName }));
await call('dynamodb', tables, new dynamodb.GetItemCommand({ TableName: 'none', Key: { id: { S: 'one' } } }));

const queues = new sqs.SQSClient({ ...base, credentials });
const QueueUrl = 'https://sqs.us-east-1.amazonaws.com/123456789012/jobs';
await call('sqs', queues, new sqs.CreateQueueCommand({ QueueName: 'jobs' }));
await call('sqs', queues, new sqs.SendMessageCommand({ QueueUrl, MessageBody: 'some text' }));
await call('sqs', queues, new sqs.ReceiveMessageCommand({ QueueUrl }));
