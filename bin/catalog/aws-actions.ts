/**
 * Operations whose IAM action has another name, from AWS's own pages:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html,
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html and its like,
 * https://docs.aws.amazon.com/bedrock/latest/userguide/inference-prereq.html,
 * https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html.
 * By signing name: `Operation=Action` or `Operation=prefix:Action+Action`.
 */
const RENAMED: Readonly<Record<string, string>> = {
  s3: `
    ListBuckets=ListAllMyBuckets HeadBucket=ListBucket ListObjects=ListBucket ListObjectsV2=ListBucket
    ListObjectVersions=ListBucketVersions ListMultipartUploads=ListBucketMultipartUploads
    ListParts=ListMultipartUploadParts HeadObject=GetObject SelectObjectContent=GetObject
    CreateMultipartUpload=PutObject UploadPart=PutObject CompleteMultipartUpload=PutObject
    CopyObject=PutObject+GetObject UploadPartCopy=PutObject+GetObject DeleteObjects=DeleteObject
    GetBucketLifecycle=GetLifecycleConfiguration GetBucketLifecycleConfiguration=GetLifecycleConfiguration
    PutBucketLifecycle=PutLifecycleConfiguration PutBucketLifecycleConfiguration=PutLifecycleConfiguration
    DeleteBucketLifecycle=PutLifecycleConfiguration DeleteBucketCors=PutBucketCORS
    GetBucketEncryption=GetEncryptionConfiguration PutBucketEncryption=PutEncryptionConfiguration
    DeleteBucketEncryption=PutEncryptionConfiguration GetBucketReplication=GetReplicationConfiguration
    PutBucketReplication=PutReplicationConfiguration DeleteBucketReplication=PutReplicationConfiguration
    GetBucketAccelerateConfiguration=GetAccelerateConfiguration
    PutBucketAccelerateConfiguration=PutAccelerateConfiguration
    GetBucketAnalyticsConfiguration=GetAnalyticsConfiguration
    ListBucketAnalyticsConfigurations=GetAnalyticsConfiguration
    PutBucketAnalyticsConfiguration=PutAnalyticsConfiguration
    DeleteBucketAnalyticsConfiguration=PutAnalyticsConfiguration
    GetBucketIntelligentTieringConfiguration=GetIntelligentTieringConfiguration
    ListBucketIntelligentTieringConfigurations=GetIntelligentTieringConfiguration
    PutBucketIntelligentTieringConfiguration=PutIntelligentTieringConfiguration
    DeleteBucketIntelligentTieringConfiguration=PutIntelligentTieringConfiguration
    GetBucketInventoryConfiguration=GetInventoryConfiguration
    ListBucketInventoryConfigurations=GetInventoryConfiguration
    PutBucketInventoryConfiguration=PutInventoryConfiguration
    DeleteBucketInventoryConfiguration=PutInventoryConfiguration
    GetBucketMetricsConfiguration=GetMetricsConfiguration
    ListBucketMetricsConfigurations=GetMetricsConfiguration
    PutBucketMetricsConfiguration=PutMetricsConfiguration
    DeleteBucketMetricsConfiguration=PutMetricsConfiguration
    GetBucketNotificationConfiguration=GetBucketNotification
    PutBucketNotificationConfiguration=PutBucketNotification
    GetPublicAccessBlock=GetBucketPublicAccessBlock PutPublicAccessBlock=PutBucketPublicAccessBlock
    DeletePublicAccessBlock=PutBucketPublicAccessBlock GetObjectLockConfiguration=GetBucketObjectLockConfiguration
    PutObjectLockConfiguration=PutBucketObjectLockConfiguration DeleteBucketTagging=PutBucketTagging
    DeleteBucketOwnershipControls=PutBucketOwnershipControls CreateSession=s3express:CreateSession
    ListDirectoryBuckets=s3express:ListAllMyDirectoryBuckets
    WriteGetObjectResponse=s3-object-lambda:WriteGetObjectResponse`,
  's3-control': `
    GetPublicAccessBlock=GetAccountPublicAccessBlock PutPublicAccessBlock=PutAccountPublicAccessBlock
    DeletePublicAccessBlock=PutAccountPublicAccessBlock`,
  lambda:
    'Invoke=InvokeFunction InvokeWithResponseStream=InvokeFunction GetLayerVersionByArn=GetLayerVersion',
  bedrock: `
    Converse=InvokeModel ConverseStream=InvokeModelWithResponseStream StartAsyncInvoke=InvokeModel
    InvokeModelWithBidirectionalStream=InvokeModel RetrieveAndGenerateStream=RetrieveAndGenerate`,
  dynamodb: 'TransactGetItems=GetItem',
  sqs: `
    SendMessageBatch=SendMessage DeleteMessageBatch=DeleteMessage
    ChangeMessageVisibilityBatch=ChangeMessageVisibility`,
  sns: 'PublishBatch=Publish',
  kms: 'ReEncrypt=ReEncryptFrom+ReEncryptTo',
  'execute-api': `
    PostToConnection=ManageConnections GetConnection=ManageConnections DeleteConnection=ManageConnections`,
  budgets: `
    CreateBudget=ModifyBudget UpdateBudget=ModifyBudget DeleteBudget=ModifyBudget DescribeBudget=ViewBudget
    DescribeBudgets=ViewBudget`,
};

const BY_OPERATION = new Map(
  Object.entries(RENAMED).flatMap(([service, text]) =>
    text
      .trim()
      .split(/\s+/)
      .map((entry) => {
        const [operation, actions] = entry.split('=') as [string, string];
        return [`${service}:${operation}`, actions] as const;
      }),
  ),
);

/** @param service signing name, or `s3-control`. `Action`, `prefix:Action` or several joined by `+`; null: the action bears the operation's name. */
export function renamed(service: string, operation: string): string | null {
  return BY_OPERATION.get(`${service}:${operation}`) ?? null;
}
