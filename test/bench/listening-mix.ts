/** What the open connections speak, and how many they are. */
export const MIX = { http1: 8000, http2: 1000, mcp: 1000 };
export const EXCHANGES_EACH = 4;
