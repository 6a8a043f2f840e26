package schema

import (
	"errors"
	"fmt"
	"slices"

	contractv1 "github.com/chancery-chain/chancery/api/gen/chancery/contract/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
)

// Bounds of a descriptor set. They are consensus rules: a node refuses code
// whose set passes one.
const (
	MaxSetBytes  = 512 << 10
	maxFiles     = 64
	maxTypes     = 2_000  // messages and enums together
	maxFields    = 20_000 // fields and enum values together
	maxMethods   = 256
	maxKeyFields = 8
	maxIndexes   = 16
	maxNesting   = 64 // of encoded messages in the set
)

// Contract is what a contract declares.
type Contract struct {
	// Service is the full name of the contract's protobuf service.
	Service string
	// Title and Description in English and Chinese, each may be empty.
	Title, TitleZH, Description, DescriptionZH string
	// Methods, Events, Errors and Collections are in the order of declaration.
	Methods     []Method
	Events      []Event
	Errors      []Error
	Collections []Collection
	// Descriptor is the contract's service.
	Descriptor protoreflect.ServiceDescriptor
	// Files has every file of the set.
	Files *protoregistry.Files
}

// Kind says how a method is called. The numbers are those of the ABI.
type Kind int32

// The kinds.
const (
	KindInit    Kind = 1
	KindExecute Kind = 2
	KindQuery   Kind = 3
	KindMigrate Kind = 4
)

func (k Kind) String() string {
	switch k {
	case KindInit:
		return "init"
	case KindExecute:
		return "execute"
	case KindQuery:
		return "query"
	case KindMigrate:
		return "migrate"
	}
	return "unknown"
}

// Method is one method of the contract.
type Method struct {
	Name string
	Kind Kind
	// Roles of which the origin needs one; empty means anybody. "role@org" asks
	// for that organisation, "*@org" for any member of it.
	Roles []string
	// Callers says who may call, whatever their roles.
	Callers Callers
	// Gated is true of a query that only accounts with a permit may ask.
	Gated bool
	// Sponsored is true when the contract's organisation pays for the call.
	Sponsored bool
	// PostUpgrade is true of the query that an upgrade must satisfy.
	PostUpgrade   bool
	Input, Output protoreflect.MessageDescriptor
	Descriptor    protoreflect.MethodDescriptor
}

// Callers says who may call a method. The numbers are those of the options.
type Callers int32

// The callers.
const (
	CallersAny      Callers = 0
	CallersAccount  Callers = 1 // any account
	CallersMember   Callers = 2 // any account that acts for an organisation
	CallersContract Callers = 3 // other contracts
	CallersSelf     Callers = 4 // the contract itself, by a scheduled call
)

// Event is a message that the contract may emit.
type Event struct {
	Name string // full name of the message
	// Indexed has the names of the fields by which the event can be found.
	Indexed    []string
	Descriptor protoreflect.MessageDescriptor
}

// CollectionKind says what a collection is. The numbers are those of the options.
type CollectionKind int32

// The kinds of collections.
const (
	CollectionItem     CollectionKind = 1 // one value
	CollectionMap      CollectionKind = 2 // a value for each key
	CollectionSet      CollectionKind = 3 // keys alone
	CollectionSequence CollectionKind = 4 // entries with numbers that grow
	CollectionQueue    CollectionKind = 5 // first in, first out
)

// String returns the kind in a word.
func (k CollectionKind) String() string {
	switch k {
	case CollectionItem:
		return "item"
	case CollectionMap:
		return "map"
	case CollectionSet:
		return "set"
	case CollectionSequence:
		return "sequence"
	case CollectionQueue:
		return "queue"
	}
	return "unknown"
}

// Collection is a state collection. See CollectionKey for its storage keys.
type Collection struct {
	Name    string
	Number  uint16
	Kind    CollectionKind
	Key     []protoreflect.FieldDescriptor // empty when it holds one value
	Indexes []Index
	Value   protoreflect.MessageDescriptor
}

// Index is a secondary index of a collection.
type Index struct {
	Name   string
	Number uint8
	Fields []protoreflect.FieldDescriptor
	Unique bool
}

// Gated reports whether the contract has a gated query. Then its storage and its
// simulations are not for everybody either.
func (c *Contract) Gated() bool {
	return slices.ContainsFunc(c.Methods, func(m Method) bool { return m.Gated })
}

// Method returns a method by its name.
func (c *Contract) Method(name string) (m *Method, ok bool) {
	for i := range c.Methods {
		if c.Methods[i].Name == name {
			return &c.Methods[i], true
		}
	}
	return nil, false
}

// Special returns the init or the migrate method; ok is false when there is none.
func (c *Contract) Special(kind Kind) (m *Method, ok bool) {
	for i := range c.Methods {
		if c.Methods[i].Kind == kind {
			return &c.Methods[i], true
		}
	}
	return nil, false
}

// PostUpgrade returns the query that an upgrade must satisfy; ok is false when
// there is none.
func (c *Contract) PostUpgrade() (m *Method, ok bool) {
	for i := range c.Methods {
		if c.Methods[i].PostUpgrade {
			return &c.Methods[i], true
		}
	}
	return nil, false
}

// Collection returns a collection by its name.
func (c *Contract) Collection(name string) (col *Collection, ok bool) {
	for i := range c.Collections {
		if c.Collections[i].Name == name {
			return &c.Collections[i], true
		}
	}
	return nil, false
}

// Event returns an event by the full name of its message.
func (c *Contract) Event(name string) (e *Event, ok bool) {
	for i := range c.Events {
		if c.Events[i].Name == name {
			return &c.Events[i], true
		}
	}
	return nil, false
}

// ErrNotSet is wrapped by errors about bytes that are no sound descriptor set.
var ErrNotSet = errors.New("not a sound descriptor set")

// optionTypes knows our options and nothing else. The process's registry must
// not decide how a set is read: what is linked differs between programs.
var optionTypes = func() *protoregistry.Types {
	types := new(protoregistry.Types)
	for _, ext := range []protoreflect.ExtensionType{
		contractv1.E_Contract, contractv1.E_Method, contractv1.E_Collection,
		contractv1.E_Event, contractv1.E_Field, contractv1.E_Oneof, contractv1.E_Errors, contractv1.E_Error,
	} {
		if err := types.RegisterExtension(ext); err != nil {
			panic(err) // two of our own options clash: fails every test
		}
	}
	return types
}()

// Parse reads an encoded google.protobuf.FileDescriptorSet, in which each file
// stands behind those that it imports. It returns an
// *InvalidError when the contract breaks a rule of declaration and an error that
// wraps ErrNotSet when the bytes are no such set.
func Parse(set []byte) (c *Contract, err error) {
	if len(set) > MaxSetBytes {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrNotSet, len(set), MaxSetBytes)
	}
	// protodesc is meant for descriptors of a compiler, not of strangers. Should it
	// panic on some bytes, it does so on every node.
	defer func() {
		if r := recover(); r != nil {
			c, err = nil, fmt.Errorf("%w: %v", ErrNotSet, r)
		}
	}()
	decoded := new(descriptorpb.FileDescriptorSet)
	options := proto.UnmarshalOptions{Resolver: optionTypes, RecursionLimit: maxNesting}
	if err := options.Unmarshal(set, decoded); err != nil {
		return nil, fmt.Errorf("%w: does not decode", ErrNotSet)
	}
	if err := checkSize(decoded); err != nil {
		return nil, err
	}
	r := &reader{contract: &Contract{Files: new(protoregistry.Files)}}
	// One file after the other, each behind what it imports, as compilers write
	// them. protodesc.NewFiles takes any order, but goes through a map, so that
	// its answer to a set with two faults differs between runs.
	for _, file := range decoded.GetFile() {
		d, err := protodesc.NewFile(file, r.contract.Files)
		if err != nil {
			return nil, fmt.Errorf("%w: %v", ErrNotSet, err)
		}
		if err := r.contract.Files.RegisterFile(d); err != nil {
			return nil, fmt.Errorf("%w: %v", ErrNotSet, err)
		}
		if !foreign(d) {
			r.files = append(r.files, d)
		}
	}
	r.read()
	if len(r.problems) > 0 {
		return nil, &InvalidError{Problems: r.problems}
	}
	return r.contract, nil
}

// foreign reports whether a file is not the contract's own: Google's types and
// our options.
func foreign(file protoreflect.FileDescriptor) bool {
	return file.Package() == "google.protobuf" || file.Package() == "chancery.contract.v1"
}

// checkSize counts what a set declares.
func checkSize(set *descriptorpb.FileDescriptorSet) error {
	types, fields := 0, 0
	var count func(messages []*descriptorpb.DescriptorProto)
	count = func(messages []*descriptorpb.DescriptorProto) {
		for _, m := range messages {
			types += 1 + len(m.GetEnumType())
			fields += len(m.GetField()) + len(m.GetExtension()) + len(m.GetOneofDecl()) + len(m.GetReservedRange()) + len(m.GetReservedName())
			for _, e := range m.GetEnumType() {
				fields += len(e.GetValue())
			}
			count(m.GetNestedType())
		}
	}
	methods := 0
	for _, f := range set.GetFile() {
		types += len(f.GetEnumType())
		fields += len(f.GetExtension()) + len(f.GetDependency())
		for _, e := range f.GetEnumType() {
			fields += len(e.GetValue())
		}
		for _, s := range f.GetService() {
			methods += len(s.GetMethod())
		}
		count(f.GetMessageType())
	}
	switch {
	case len(set.GetFile()) > maxFiles:
		return fmt.Errorf("%w: more than %d files", ErrNotSet, maxFiles)
	case types > maxTypes:
		return fmt.Errorf("%w: more than %d messages and enums", ErrNotSet, maxTypes)
	case fields > maxFields:
		return fmt.Errorf("%w: more than %d fields and enum values", ErrNotSet, maxFields)
	case methods > maxMethods:
		return fmt.Errorf("%w: more than %d methods", ErrNotSet, maxMethods)
	}
	return nil
}
