/** An artifact as one file (or process) shows it, before anything is known of what is installed around it. */
export type LoadState = 'opened' | 'mapped' | 'imported' | 'executed';

export type NpmUse = {
  type: 'npm';
  name: string;
  version: string | null;
  directory: string;
  state: LoadState;
};

export type PythonUse = {
  type: 'python';
  /** The site-packages or dist-packages directory. */
  site: string;
  /** Up to three parts of the dotted import name. */
  module: readonly string[];
  state: LoadState;
};

export type ModelUse = {
  type: 'model';
  kind: 'model' | 'adapter';
  /** `ORG/NAME` where a repository's layout tells. */
  repository: string | null;
  revision: string | null;
  path: string;
  format: string | null;
  sha256: string | null;
  rule: string;
  state: LoadState;
};

export type ProgramUse = {
  type: 'program';
  kind: 'inference-server' | 'binary';
  name: string;
  purl: string | null;
  path: string;
  rule: string;
};

export type ArtifactUse = NpmUse | PythonUse | ModelUse | ProgramUse;

/** Strongest evidence first. */
export const STATES: readonly LoadState[] = ['executed', 'mapped', 'imported', 'opened'];
