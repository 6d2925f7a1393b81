/** Model and adapter files by name. Magic bytes are for whoever reads the head of a file; names alone decide here. */
export type ModelFormat = {
  format: string;
  /** Lower case, with the dot. */
  extensions: readonly string[];
  /**
   * `always`: the extension belongs to models alone. `named`: only with one of `names`, or inside a model
   * repository's layout, because other things use the extension too (.bin, .pt of gettext, .pth of Python's paths).
   */
  trust: 'always' | 'named';
  /** Whole basenames, lower case; `*` stands for any run of characters. */
  names?: readonly string[];
  /** Hex of the first bytes, and where they stand. */
  magic?: { offset: number; hex: string };
};

export const MODEL_FORMATS: readonly ModelFormat[] = [
  { format: 'safetensors', extensions: ['.safetensors'], trust: 'always' },
  { format: 'gguf', extensions: ['.gguf'], trust: 'always', magic: { offset: 0, hex: '47475546' } },
  {
    format: 'ggml',
    extensions: ['.ggml', '.bin'],
    trust: 'named',
    names: ['ggml-*.bin', '*.ggml'],
    magic: { offset: 0, hex: '6c6d6767' },
  },
  { format: 'onnx', extensions: ['.onnx', '.onnx_data'], trust: 'always' },
  {
    format: 'pytorch',
    extensions: ['.pt', '.pth', '.bin', '.ckpt'],
    trust: 'named',
    names: [
      'pytorch_model*.bin',
      'model*.bin',
      'consolidated.*.pth',
      'model*.pt',
      'model*.pth',
      'checkpoint*.pt',
      'checkpoint*.pth',
      '*.ckpt',
      'diffusion_pytorch_model*.bin',
    ],
    magic: { offset: 0, hex: '504b0304' },
  },
  { format: 'torchserve', extensions: ['.mar'], trust: 'always', magic: { offset: 0, hex: '504b0304' } },
  { format: 'executorch', extensions: ['.pte'], trust: 'always', magic: { offset: 4, hex: '45543132' } },
  { format: 'tflite', extensions: ['.tflite'], trust: 'always', magic: { offset: 4, hex: '54464c33' } },
  {
    format: 'tensorflow-savedmodel',
    extensions: ['.pb'],
    trust: 'named',
    names: ['saved_model.pb', 'frozen_inference_graph.pb'],
  },
  { format: 'keras', extensions: ['.keras'], trust: 'always', magic: { offset: 0, hex: '504b0304' } },
  {
    format: 'hdf5',
    extensions: ['.h5', '.hdf5'],
    trust: 'named',
    names: ['tf_model.h5', 'model*.h5', '*.weights.h5'],
    magic: { offset: 0, hex: '894844460d0a1a0a' },
  },
  { format: 'tensorrt', extensions: ['.engine', '.trt'], trust: 'always' },
  { format: 'coreml', extensions: ['.mlmodel'], trust: 'always' },
  { format: 'nemo', extensions: ['.nemo'], trust: 'always' },
  { format: 'paddle', extensions: ['.pdmodel', '.pdiparams'], trust: 'always' },
  { format: 'rknn', extensions: ['.rknn'], trust: 'always', magic: { offset: 0, hex: '524b4e4e' } },
  { format: 'catboost', extensions: ['.cbm'], trust: 'always', magic: { offset: 0, hex: '43424d31' } },
  { format: 'llamafile', extensions: ['.llamafile'], trust: 'always' },
  { format: 'numpy-flax', extensions: ['.msgpack'], trust: 'named', names: ['flax_model*.msgpack'] },
  { format: 'fasttext', extensions: ['.ftz'], trust: 'always' },
];

/** Low-rank and other adapters (PEFT, diffusers): what changes a base model without being one. */
export const ADAPTER_FILES: readonly { name: string; format: string }[] = [
  { name: 'adapter_model.safetensors', format: 'safetensors' },
  { name: 'adapter_model.bin', format: 'pytorch' },
  { name: 'adapter_config.json', format: 'peft' },
  { name: 'pytorch_lora_weights.safetensors', format: 'safetensors' },
  { name: 'pytorch_lora_weights.bin', format: 'pytorch' },
];

/**
 * Programs that read model and package files without loading them, by basename of the executable or of its script:
 * downloaders, copiers, scanners, and the tools of whoever looks at a container.
 */
export const COPIERS: ReadonlySet<string> = new Set(
  (
    'pip pip3 uv syft trivy grype rsync cp mv tar gzip zstd cat dd head tail less file find grep egrep rg wc du ls stat ' +
    'md5sum sha1sum sha256sum sha512sum b2sum xxd hexdump od strings git git-lfs aws gsutil gcloud s3cmd rclone curl wget ' +
    'huggingface-cli hf storage-initializer containerd containerd-shim-runc-v2 dockerd runc crun scp sftp-server restic clamscan'
  ).split(' '),
);
