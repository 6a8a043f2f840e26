package contract

import (
	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
)

// Event is something that a contract, or the platform for an empty Contract,
// announced.
type Event struct {
	Contract string
	Type     string
	Payload  []byte
}

// PlatformEvent makes an event of the platform from its message.
func PlatformEvent(m proto.Message) (Event, error) {
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	return Event{Type: string(m.ProtoReflect().Descriptor().FullName()), Payload: b}, err
}

func uploaded(hash []byte, by Author) (Event, error) {
	return PlatformEvent(&chanceryv1.CodeUploaded{CodeHash: hash, Org: by.Org, Origin: by.Origin})
}

func deployed(m *chanceryv1.Deploy, by Author) (Event, error) {
	return PlatformEvent(&chanceryv1.ContractDeployed{
		Contract: m.Contract, Version: 1, CodeHash: m.CodeHash, Origin: by.Origin,
		Template: m.Template, TemplateVersion: m.TemplateVersion,
	})
}
