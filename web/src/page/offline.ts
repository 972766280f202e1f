// Making the course available without a network.

export function defineOffline(): void {}
