/**
 * Framework entries that findings point at. A mapping is ours, never the framework owner's: a finding is evidence
 * about a control, not proof that the control fails. Ids and titles only; the frameworks' prose is not quoted.
 *
 * Sources: OWASP Top 10 for LLM Applications 2025 and for Agentic Applications 2026 (titles as in OWASP's own
 * repository), MITRE ATLAS release v5.6.1 (data version 5.6.0), NIST AI 100-1 (AI RMF 1.0), NIST CSF 2.0.
 */
export type Reference = {
  framework: 'OWASP LLM 2025' | 'OWASP Agentic 2026' | 'MITRE ATLAS' | 'NIST AI RMF 1.0' | 'NIST CSF 2.0';
  title: string;
};

const llm = (title: string): Reference => ({ framework: 'OWASP LLM 2025', title });
const agentic = (title: string): Reference => ({ framework: 'OWASP Agentic 2026', title });
const atlas = (title: string): Reference => ({ framework: 'MITRE ATLAS', title });
const rmf = (title: string): Reference => ({ framework: 'NIST AI RMF 1.0', title });
const csf = (title: string): Reference => ({ framework: 'NIST CSF 2.0', title });

export const REFERENCES = {
  'LLM02:2025': llm('Sensitive Information Disclosure'),
  'LLM03:2025': llm('Supply Chain'),
  'LLM06:2025': llm('Excessive Agency'),
  ASI02: agentic('Tool Misuse & Exploitation'),
  ASI03: agentic('Identity & Privilege Abuse'),
  ASI04: agentic('Agentic Supply Chain Vulnerabilities'),
  ASI05: agentic('Unexpected Code Execution (RCE)'),
  ASI07: agentic('Insecure Inter-Agent Communication'),
  ASI10: agentic('Rogue Agents'),
  'AML.T0010': atlas('AI Supply Chain Compromise'),
  'AML.T0010.001': atlas('AI Supply Chain Compromise: AI Software'),
  'AML.T0010.003': atlas('AI Supply Chain Compromise: Model'),
  'AML.T0012': atlas('Valid Accounts'),
  'AML.T0025': atlas('Exfiltration via Cyber Means'),
  'AML.T0050': atlas('Command and Scripting Interpreter'),
  'AML.T0053': atlas('AI Agent Tool Invocation'),
  'AML.T0055': atlas('Unsecured Credentials'),
  'AML.T0083': atlas('Credentials from AI Agent Configuration'),
  'AML.T0086': atlas('Exfiltration via AI Agent Tool Invocation'),
  'AML.T0103': atlas('Deploy AI Agent'),
  'AML.M0014': atlas('Verify AI Artifacts'),
  'AML.M0023': atlas('AI Bill of Materials'),
  'AML.M0024': atlas('AI Telemetry Logging'),
  'AML.M0026': atlas('Privileged AI Agent Permissions Configuration'),
  'AML.M0032': atlas('Segmentation of AI Agent Components'),
  'GOVERN 1.6': rmf('AI systems are inventoried'),
  'MAP 4.1': rmf('Legal and technology risks of components are mapped'),
  'MAP 4.2': rmf('Risk controls for components are documented'),
  'MEASURE 2.4': rmf('Functionality and behavior are monitored in production'),
  'MEASURE 2.7': rmf('Security and resilience are evaluated'),
  'MANAGE 1.3': rmf('Responses to high-priority risks are planned'),
  'MANAGE 4.1': rmf('Post-deployment monitoring is implemented'),
  'ID.AM-02': csf('Software inventories are maintained'),
  'ID.AM-03': csf('Authorized network communication is represented'),
  'PR.AA-01': csf('Identities and credentials are managed'),
  'PR.AA-05': csf('Permissions follow least privilege'),
  'PR.PS-02': csf('Software is maintained, replaced and removed'),
  'PR.PS-05': csf('Unauthorized software is prevented from running'),
  'PR.IR-01': csf('Networks are protected from unauthorized use'),
  'DE.CM-01': csf('Networks are monitored'),
  'DE.CM-09': csf('Runtime environments are monitored'),
  'DE.AE-02': csf('Adverse events are analyzed'),
} as const satisfies Record<string, Reference>;

export type ReferenceId = keyof typeof REFERENCES;
