/**
 * Compute that runs as a role that is passed to it: who may pass a role and make one of these becomes the role. Each
 * needs `iam:PassRole` on the role, a trust policy that names the service, and all of the actions.
 */
export type Compute = {
  /** Principal of the role's trust policy. */
  service: string;
  actions: readonly string[];
  /** EC2 takes roles in instance profiles. */
  profile: boolean;
};

const TABLE = `
ec2.amazonaws.com ec2:RunInstances profile
ec2.amazonaws.com ec2:AssociateIamInstanceProfile profile
ec2.amazonaws.com autoscaling:CreateAutoScalingGroup profile
lambda.amazonaws.com lambda:CreateFunction lambda:InvokeFunction
lambda.amazonaws.com lambda:CreateFunction lambda:CreateEventSourceMapping
lambda.amazonaws.com lambda:UpdateFunctionConfiguration lambda:UpdateFunctionCode
ecs-tasks.amazonaws.com ecs:RegisterTaskDefinition ecs:RunTask
ecs-tasks.amazonaws.com ecs:RegisterTaskDefinition ecs:CreateService
ecs-tasks.amazonaws.com ecs:RegisterTaskDefinition ecs:UpdateService
cloudformation.amazonaws.com cloudformation:CreateStack
cloudformation.amazonaws.com cloudformation:UpdateStack
cloudformation.amazonaws.com cloudformation:CreateChangeSet cloudformation:ExecuteChangeSet
codebuild.amazonaws.com codebuild:CreateProject codebuild:StartBuild
codebuild.amazonaws.com codebuild:UpdateProject codebuild:StartBuild
codepipeline.amazonaws.com codepipeline:CreatePipeline
glue.amazonaws.com glue:CreateDevEndpoint
glue.amazonaws.com glue:CreateJob glue:StartJobRun
glue.amazonaws.com glue:UpdateJob glue:StartJobRun
sagemaker.amazonaws.com sagemaker:CreateNotebookInstance sagemaker:CreatePresignedNotebookInstanceUrl
sagemaker.amazonaws.com sagemaker:CreateTrainingJob
sagemaker.amazonaws.com sagemaker:CreateProcessingJob
ssm.amazonaws.com ssm:StartAutomationExecution
ssm.amazonaws.com ssm:CreateActivation
states.amazonaws.com states:CreateStateMachine states:StartExecution
scheduler.amazonaws.com scheduler:CreateSchedule
datapipeline.amazonaws.com datapipeline:CreatePipeline datapipeline:PutPipelineDefinition
batch.amazonaws.com batch:CreateComputeEnvironment
apprunner.amazonaws.com apprunner:CreateService
tasks.apprunner.amazonaws.com apprunner:CreateService
elasticmapreduce.amazonaws.com elasticmapreduce:RunJobFlow
emr-serverless.amazonaws.com emr-serverless:CreateApplication emr-serverless:StartJobRun
bedrock.amazonaws.com bedrock:CreateAgent bedrock:InvokeAgent
bedrock-agentcore.amazonaws.com bedrock-agentcore:CreateAgentRuntime bedrock-agentcore:InvokeAgentRuntime
bedrock-agentcore.amazonaws.com bedrock-agentcore:CreateCodeInterpreter bedrock-agentcore:InvokeCodeInterpreter
pods.eks.amazonaws.com eks:CreatePodIdentityAssociation
`;

export const COMPUTE: readonly Compute[] = TABLE.trim()
  .split('\n')
  .map((line) => {
    const [service, ...words] = line.split(' ');
    const actions = words.filter((one) => one !== 'profile');
    return { service: service!, actions, profile: words.includes('profile') };
  });
