import { Fault } from './kernel/index.ts';

export async function restoreDataFolder(_options: { from: string; dataFolder: string }): Promise<{ folder: string; entries: number }> {
  throw new Fault('api.conflict');
}
