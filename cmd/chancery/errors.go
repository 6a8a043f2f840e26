package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"github.com/chancery-chain/chancery/app/apperr"
)

func (c *cli) errorsCommand() *cobra.Command {
	var zh bool
	cmd := &cobra.Command{
		Use: "errors", Short: "Print the table of error codes", Args: args(0, 0),
		RunE: func(*cobra.Command, []string) error {
			var rows [][]string
			for _, i := range apperr.All() {
				text := i.EN
				if zh {
					text = i.ZH
				}
				rows = append(rows, []string{strconv.Itoa(int(i.Code)), i.Name, i.Connect, text})
				if err := c.term.Value(map[string]any{
					"code": i.Code, "name": i.Name, "connect_code": i.Connect, "en": i.EN, "zh": i.ZH,
				}); err != nil {
					return err
				}
			}
			c.term.Table([]string{"CODE", "NAME", "CONNECT CODE", "MEANING"}, rows)
			return nil
		},
	}
	cmd.Flags().BoolVar(&zh, "zh", false, "in Chinese")
	return cmd
}
