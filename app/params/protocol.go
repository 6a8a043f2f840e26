package params

// FirstProtocol is the protocol version of a chain whose genesis names none.
const FirstProtocol = 1
