package runtime

import (
	"context"
	"io"
	"slices"
	"strings"
)

// Profile attributes the gas of traced calls to the guest's functions and to host
// functions. The runtime must have Config.Profile.
//
// What a function used itself is exact, and all samples together are the gas
// used. Which function called it is what the Wasm stack shows: Go's runtime
// rebuilds that stack when it switches goroutines or grows one, and what runs
// afterwards stands below its scheduler.
type Profile struct {
	root   node
	at     *node
	left   int64 // at the last event
	outer  []suspended
	module *module // whose functions run
	// modules has all that ran, by contract: two calls of one share their sites.
	modules map[string]*module
}

// site is a function: of a guest, of the host, or something that costs gas
// besides.
type site struct {
	module *module
	index  uint32
	host   string
}

// module is a contract as it stands in a profile.
type module struct {
	contract string
	names    map[uint32]string
}

// node is a function with all that called it.
type node struct {
	site   site
	parent *node
	kids   map[site]*node
	gas    uint64
	count  uint64
}

// suspended is a call that waits for one that it made.
type suspended struct {
	at     *node
	left   int64
	module *module
}

// Sites that are no functions.
const (
	siteEntry   = "[enter contract]"
	siteRebuild = "[memory grew: new instance]"
)

// NewProfile returns an empty profile. Each outermost call that is to feed it
// needs a trace of its own: see Profile.Trace.
func NewProfile() *Profile {
	p := &Profile{modules: map[string]*module{}}
	p.at = &p.root
	return p
}

// Trace returns an empty trace whose call feeds the profile.
func (p *Profile) Trace() *Trace { return &Trace{profile: p} }

// Total returns the gas of all samples.
func (p *Profile) Total() (total uint64) {
	p.walk(func(n *node) { total += n.gas })
	return total
}

func (n *node) kid(s site) *node {
	if k := n.kids[s]; k != nil {
		return k
	}
	if n.kids == nil {
		n.kids = map[site]*node{}
	}
	k := &node{site: s, parent: n}
	n.kids[s] = k
	return k
}

// begin opens a contract's call, an outermost or a nested one.
func (p *Profile) begin(code *Code, c *Call, left int64) {
	p.outer = append(p.outer, suspended{p.at, p.left, p.module})
	p.module = p.modules[c.Context.Contract]
	if p.module == nil {
		p.module = &module{contract: c.Context.Contract, names: code.names}
		p.modules[c.Context.Contract] = p.module
	}
	k := p.at.kid(site{host: siteEntry})
	k.count++
	k.gas += c.Trace.EntryGas
	p.left = left
}

// finish closes it.
func (p *Profile) finish(left, settled int64) {
	if len(p.outer) == 0 {
		return
	}
	p.flush(left)
	top := p.outer[len(p.outer)-1]
	p.outer = p.outer[:len(p.outer)-1]
	p.at, p.module = top.at, top.module
	if grown := spent(left, settled); grown > 0 {
		k := p.at.kid(site{host: siteRebuild})
		k.count++
		k.gas += grown
	}
	p.left = top.left
}

// flush gives what was used since the last event to the function that runs.
func (p *Profile) flush(left int64) {
	p.at.gas += spent(p.left, left)
	p.left = left
}

// resume goes on after a nested call, whose gas is in samples of its own.
func (p *Profile) resume(left int64) { p.left = left }

func (p *Profile) enter(s site, left int64) {
	p.flush(left)
	p.at = p.at.kid(s)
	p.at.count++
}

func (p *Profile) leave(left int64) {
	p.flush(left)
	if p.at.parent != nil {
		p.at = p.at.parent
	}
}

// walk visits all nodes, a parent before its kids.
func (p *Profile) walk(visit func(*node)) {
	for todo := []*node{&p.root}; len(todo) > 0; {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		visit(n)
		for _, k := range n.kids {
			todo = append(todo, k)
		}
	}
}

// listener hears from the engine about the guest's functions.
type listener struct{}

// running returns the frame whose call is profiled, or nil.
func running(ctx context.Context) *frame {
	if f, ok := ctx.Value(frameKey{}).(*frame); ok && f.trace != nil && f.trace.profile != nil {
		return f
	}
	return nil
}

// Enter implements engine.Listener.
func (listener) Enter(ctx context.Context, function uint32) {
	if f := running(ctx); f != nil {
		p := f.trace.profile
		p.enter(site{module: p.module, index: function}, f.gasLeft())
	}
}

// Leave implements engine.Listener.
func (listener) Leave(ctx context.Context, _ uint32) {
	if f := running(ctx); f != nil {
		f.trace.profile.leave(f.gasLeft())
	}
}

// name returns the function's name for people.
func (s site) name() string {
	switch {
	case s.module != nil:
		return s.module.name(s.index)
	case strings.HasPrefix(s.host, "["):
		return s.host
	}
	return "host." + s.host
}

// Write writes the profile in the format of pprof, compressed.
func (p *Profile) Write(w io.Writer) error {
	var samples []sample
	p.walk(func(n *node) {
		if n.gas == 0 && n.count == 0 {
			return
		}
		s := sample{gas: n.gas, calls: n.count}
		for up := n; up.parent != nil; up = up.parent {
			contract := ""
			if up.site.module != nil {
				contract = up.site.module.contract
			}
			s.stack = append(s.stack, location{up.site.name(), contract})
		}
		samples = append(samples, s)
	})
	// The maps above have no order; a file is the same for the same call.
	slices.SortFunc(samples, func(a, b sample) int {
		return slices.CompareFunc(a.stack, b.stack, func(x, y location) int {
			return strings.Compare(x.function+"\x00"+x.file, y.function+"\x00"+y.file)
		})
	})
	return writePprof(w, samples)
}
