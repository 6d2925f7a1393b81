/**
 * Permissions of Google Cloud. A method `service.….things.verb` uses `service.things.verb` where that is a permission
 * (https://cloud.google.com/iam/docs/permissions-reference); methods that use another one are named.
 */

/** `service.resource: verbs`. */
const LISTED = `
  storage.buckets: create delete get getIamPolicy list setIamPolicy update
  storage.objects: delete get getIamPolicy list setIamPolicy update
  storage.managedFolders: create delete get getIamPolicy list setIamPolicy
  bigquery.datasets: create delete get getIamPolicy setIamPolicy update
  bigquery.tables: create delete get getIamPolicy list setIamPolicy update
  bigquery.jobs: create delete get list
  bigquery.routines: create delete get list update
  bigquery.models: delete get list
  secretmanager.secrets: create delete get getIamPolicy list setIamPolicy update
  secretmanager.versions: access destroy disable enable get list
  pubsub.topics: create delete get getIamPolicy list publish setIamPolicy update
  pubsub.subscriptions: create delete get getIamPolicy list setIamPolicy update
  pubsub.snapshots: create delete get list seek update
  pubsub.schemas: create delete get list validate
  aiplatform.endpoints: create delete get list predict explain update deploy undeploy
  aiplatform.models: delete get list update upload
  aiplatform.datasets: create delete get list update
  aiplatform.indexes: create delete get list update
  aiplatform.indexEndpoints: create delete get list update
  aiplatform.pipelineJobs: cancel create delete get list
  aiplatform.customJobs: cancel create delete get list
  aiplatform.batchPredictionJobs: cancel create delete get list
  aiplatform.reasoningEngines: create delete get list query update
  aiplatform.ragCorpora: create delete get list query update
  aiplatform.cachedContents: create delete get list update
  iam.serviceAccounts: create delete disable enable get getIamPolicy list setIamPolicy signBlob signJwt update
  iam.serviceAccountKeys: create delete disable enable get list
  iam.roles: create delete get list undelete update
  resourcemanager.projects: create delete get getIamPolicy list setIamPolicy undelete update
  resourcemanager.folders: create delete get getIamPolicy list move setIamPolicy undelete update
  resourcemanager.organizations: get getIamPolicy setIamPolicy
  compute.instances: attachDisk create delete deleteAccessConfig detachDisk get getIamPolicy getSerialPortOutput list reset resume setIamPolicy setLabels setMachineType setMetadata setServiceAccount setTags start stop suspend update
  compute.disks: create createSnapshot delete get list resize setLabels update
  compute.images: create delete get list update
  compute.snapshots: create delete get list
  compute.networks: create delete get list update
  compute.subnetworks: create delete get list update
  compute.firewalls: create delete get list update
  compute.zones: get list
  compute.regions: get list
  compute.machineTypes: get list
  container.clusters: create delete get list update
  container.operations: get list
  run.services: create delete get getIamPolicy list setIamPolicy update
  run.jobs: create delete get getIamPolicy list run setIamPolicy update
  run.revisions: delete get list
  cloudfunctions.functions: create delete get getIamPolicy list setIamPolicy update
  logging.logs: delete list
  logging.sinks: create delete get list update
  logging.logMetrics: create delete get list update
  monitoring.timeSeries: create list
  monitoring.alertPolicies: create delete get list update
  monitoring.metricDescriptors: create delete get list
  cloudkms.cryptoKeys: create get getIamPolicy list setIamPolicy update
  cloudkms.cryptoKeyVersions: create destroy get list restore update
  cloudkms.keyRings: create get getIamPolicy list setIamPolicy
  spanner.databases: create get getDdl getIamPolicy list setIamPolicy updateDdl
  spanner.instances: create delete get getIamPolicy list setIamPolicy update
  spanner.sessions: create delete get list
  datastore.databases: create delete get list update
  datastore.indexes: create delete get list
  artifactregistry.repositories: create delete get getIamPolicy list setIamPolicy update
  artifactregistry.packages: delete get list
  artifactregistry.versions: delete get list
  artifactregistry.dockerImages: get list
  cloudtasks.queues: create delete get getIamPolicy list pause purge resume setIamPolicy update
  cloudtasks.tasks: create delete get list run
  cloudbuild.builds: create get list
  discoveryengine.dataStores: create delete get list update
  discoveryengine.documents: create delete get import list update
  discoveryengine.servingConfigs: answer get list recommend search update
  discoveryengine.conversations: converse create delete get list update
  documentai.processors: create delete get list
  cloudscheduler.jobs: create delete get list pause run update
  workflows.workflows: create delete get list update
  dataproc.clusters: create delete get list update
  dataproc.jobs: cancel create delete get list update`;

export const GCP_PERMISSIONS: ReadonlySet<string> = new Set(
  LISTED.trim()
    .split('\n')
    .flatMap((line) => {
      const [resource = '', verbs = ''] = line.trim().split(': ');
      return verbs.split(' ').map((verb) => `${resource}.${verb}`);
    }),
);

/** Method ids, without parents above the collection, whose permission bears another name. */
export const GCP_RENAMED: ReadonlyMap<string, string> = new Map(
  `storage.objects.insert=storage.objects.create storage.objects.patch=storage.objects.update
  storage.objects.compose=storage.objects.create storage.buckets.insert=storage.buckets.create
  storage.objects.copy=storage.objects.create storage.objects.rewrite=storage.objects.create
  bigquery.jobs.query=bigquery.jobs.create bigquery.jobs.insert=bigquery.jobs.create
  bigquery.jobs.getQueryResults=bigquery.jobs.get bigquery.jobs.cancel=bigquery.jobs.update
  bigquery.tabledata.list=bigquery.tables.getData bigquery.tabledata.insertAll=bigquery.tables.updateData
  bigquery.datasets.insert=bigquery.datasets.create bigquery.tables.insert=bigquery.tables.create
  bigquery.datasets.list=bigquery.datasets.get bigquery.routines.insert=bigquery.routines.create
  secretmanager.secrets.addVersion=secretmanager.versions.add
  pubsub.subscriptions.pull=pubsub.subscriptions.consume
  pubsub.subscriptions.acknowledge=pubsub.subscriptions.consume
  pubsub.subscriptions.modifyAckDeadline=pubsub.subscriptions.consume
  pubsub.subscriptions.seek=pubsub.subscriptions.consume
  aiplatform.models.generateContent=aiplatform.endpoints.predict
  aiplatform.models.streamGenerateContent=aiplatform.endpoints.predict
  aiplatform.models.predict=aiplatform.endpoints.predict aiplatform.models.rawPredict=aiplatform.endpoints.predict
  aiplatform.models.streamRawPredict=aiplatform.endpoints.predict
  aiplatform.models.countTokens=aiplatform.endpoints.predict
  aiplatform.models.embedContent=aiplatform.endpoints.predict
  aiplatform.endpoints.generateContent=aiplatform.endpoints.predict
  aiplatform.endpoints.streamGenerateContent=aiplatform.endpoints.predict
  aiplatform.endpoints.rawPredict=aiplatform.endpoints.predict
  aiplatform.endpoints.streamRawPredict=aiplatform.endpoints.predict
  aiplatform.endpoints.serverStreamingPredict=aiplatform.endpoints.predict
  aiplatform.indexEndpoints.findNeighbors=aiplatform.indexEndpoints.queryVectors
  iamcredentials.serviceAccounts.generateAccessToken=iam.serviceAccounts.getAccessToken
  iamcredentials.serviceAccounts.generateIdToken=iam.serviceAccounts.getOpenIdToken
  iamcredentials.serviceAccounts.signBlob=iam.serviceAccounts.signBlob
  iamcredentials.serviceAccounts.signJwt=iam.serviceAccounts.signJwt
  iam.keys.create=iam.serviceAccountKeys.create iam.keys.delete=iam.serviceAccountKeys.delete
  iam.keys.get=iam.serviceAccountKeys.get iam.keys.list=iam.serviceAccountKeys.list
  cloudresourcemanager.projects.search=resourcemanager.projects.get
  cloudresourcemanager.projects.list=resourcemanager.projects.get
  compute.instances.insert=compute.instances.create compute.instances.aggregatedList=compute.instances.list
  compute.disks.insert=compute.disks.create compute.images.insert=compute.images.create
  compute.firewalls.insert=compute.firewalls.create compute.networks.insert=compute.networks.create
  logging.entries.list=logging.logEntries.list logging.entries.write=logging.logEntries.create
  cloudkms.cryptoKeys.encrypt=cloudkms.cryptoKeyVersions.useToEncrypt
  cloudkms.cryptoKeys.decrypt=cloudkms.cryptoKeyVersions.useToDecrypt
  cloudkms.cryptoKeyVersions.asymmetricSign=cloudkms.cryptoKeyVersions.useToSign
  cloudkms.cryptoKeyVersions.asymmetricDecrypt=cloudkms.cryptoKeyVersions.useToDecrypt
  spanner.sessions.executeSql=spanner.databases.select spanner.sessions.read=spanner.databases.read
  spanner.sessions.executeStreamingSql=spanner.databases.select
  spanner.sessions.streamingRead=spanner.databases.read spanner.sessions.commit=spanner.databases.write
  firestore.documents.get=datastore.entities.get firestore.documents.list=datastore.entities.list
  firestore.documents.createDocument=datastore.entities.create firestore.documents.patch=datastore.entities.update
  firestore.documents.delete=datastore.entities.delete firestore.documents.runQuery=datastore.entities.list
  firestore.documents.batchGet=datastore.entities.get firestore.documents.listCollectionIds=datastore.entities.list
  datastore.projects.lookup=datastore.entities.get datastore.projects.runQuery=datastore.entities.list
  artifactregistry.files.download=artifactregistry.repositories.downloadArtifacts
  documentai.processors.process=documentai.processors.processOnline
  documentai.processors.batchProcess=documentai.processors.processBatch
  workflowexecutions.executions.create=workflows.executions.create
  workflowexecutions.executions.get=workflows.executions.get
  workflowexecutions.executions.list=workflows.executions.list`
    .trim()
    .split(/\s+/)
    .map((entry) => entry.split('=') as [string, string]),
);

/** Methods of gRPC services, as `package.Service/Method`, by the method id that REST has for them. */
export const GCP_GRPC: ReadonlyMap<string, string> = new Map(
  `google.pubsub.v1.Publisher/Publish=pubsub.topics.publish google.pubsub.v1.Publisher/GetTopic=pubsub.topics.get
  google.pubsub.v1.Publisher/CreateTopic=pubsub.topics.create google.pubsub.v1.Publisher/ListTopics=pubsub.topics.list
  google.pubsub.v1.Publisher/DeleteTopic=pubsub.topics.delete google.pubsub.v1.Subscriber/Pull=pubsub.subscriptions.pull
  google.pubsub.v1.Subscriber/StreamingPull=pubsub.subscriptions.pull
  google.pubsub.v1.Subscriber/Acknowledge=pubsub.subscriptions.acknowledge
  google.pubsub.v1.Subscriber/GetSubscription=pubsub.subscriptions.get
  google.cloud.secretmanager.v1.SecretManagerService/AccessSecretVersion=secretmanager.versions.access
  google.cloud.secretmanager.v1.SecretManagerService/GetSecret=secretmanager.secrets.get
  google.cloud.secretmanager.v1.SecretManagerService/ListSecrets=secretmanager.secrets.list
  google.cloud.secretmanager.v1.SecretManagerService/CreateSecret=secretmanager.secrets.create
  google.cloud.secretmanager.v1.SecretManagerService/AddSecretVersion=secretmanager.secrets.addVersion
  google.firestore.v1.Firestore/GetDocument=firestore.documents.get
  google.firestore.v1.Firestore/BatchGetDocuments=firestore.documents.batchGet
  google.firestore.v1.Firestore/ListDocuments=firestore.documents.list
  google.firestore.v1.Firestore/RunQuery=firestore.documents.runQuery
  google.firestore.v1.Firestore/CreateDocument=firestore.documents.createDocument
  google.firestore.v1.Firestore/UpdateDocument=firestore.documents.patch
  google.firestore.v1.Firestore/DeleteDocument=firestore.documents.delete
  google.cloud.aiplatform.v1.PredictionService/GenerateContent=aiplatform.models.generateContent
  google.cloud.aiplatform.v1.PredictionService/StreamGenerateContent=aiplatform.models.streamGenerateContent
  google.cloud.aiplatform.v1.PredictionService/Predict=aiplatform.endpoints.predict
  google.cloud.aiplatform.v1.MatchService/FindNeighbors=aiplatform.indexEndpoints.findNeighbors
  google.iam.credentials.v1.IAMCredentials/GenerateAccessToken=iamcredentials.serviceAccounts.generateAccessToken
  google.iam.credentials.v1.IAMCredentials/GenerateIdToken=iamcredentials.serviceAccounts.generateIdToken
  google.logging.v2.LoggingServiceV2/WriteLogEntries=logging.entries.write
  google.logging.v2.LoggingServiceV2/ListLogEntries=logging.entries.list
  google.monitoring.v3.MetricService/ListTimeSeries=monitoring.timeSeries.list
  google.monitoring.v3.MetricService/CreateTimeSeries=monitoring.timeSeries.create
  google.cloud.kms.v1.KeyManagementService/Encrypt=cloudkms.cryptoKeys.encrypt
  google.cloud.kms.v1.KeyManagementService/Decrypt=cloudkms.cryptoKeys.decrypt
  google.spanner.v1.Spanner/ExecuteStreamingSql=spanner.sessions.executeStreamingSql
  google.spanner.v1.Spanner/Commit=spanner.sessions.commit
  google.storage.v2.Storage/ReadObject=storage.objects.get google.storage.v2.Storage/GetObject=storage.objects.get
  google.storage.v2.Storage/ListObjects=storage.objects.list google.storage.v2.Storage/WriteObject=storage.objects.insert
  google.storage.v2.Storage/BidiReadObject=storage.objects.get`
    .trim()
    .split(/\s+/)
    .map((entry) => entry.split('=') as [string, string]),
);
