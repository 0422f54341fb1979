/** Most common first; who comes later is rarer, as 1 / rank. */
export const FIRST_NAMES: readonly string[] = `
Maria James Anna Mohammed John Sarah David Emma Michael Olivia Daniel Sofia Robert Laura Wei Fatima Thomas Julia
Ahmed Elena Peter Nina Lucas Aisha Paul Alice Noah Clara Ali Hannah Mark Isabella Simon Priya Jack Chloe Omar Lena
Martin Grace Ivan Zoë Samuel Mia Carlos Ines Andreas Yuki Ben Amelia Diego Leila George Freya Hugo Ingrid José
Naomi Felix Camille Oscar Marta Adam Beatriz Erik Charlotte Kenji Dalia Leo Eva Ravi Francesca Tom Greta Arthur
Helena Mateo Iris Nikolai Jasmine Patrick Katarina Rafael Linnea Victor Miriam Yusuf Nadia Anton Oksana Bruno Petra
Chen Rosa Dmitri Salma Emil Tamara Finn Ursula Gabriel Vera Henrik Wanda Ibrahim Ximena Jonas Yara Karim Zainab
Liam Agnes Marcus Brigitte Nathan Celeste Otto Dorothea Pablo Esther Quentin Fiona Roman Gwendolyn Stefan Hedwig
Theo Imogen Uwe Joanna Vincent Kirsten William Lucia Xavier Magdalena Yann Noor Łukasz Odette Björn Philippa André
Roisin François Saoirse Jürgen Theodora Søren Ulrike Núria Valentina Jean-Luc Winifred Mary-Ann Zofia Désirée Eleni
Cormac Anneliese Thaddeus Bartholomea Ignatius Clementine Peregrine Evangeline Zebedee Persephone
`
  .trim()
  .split(/\s+/);

/** As `FIRST_NAMES`. */
export const LAST_NAMES: readonly string[] = `
Smith Garcia Müller Khan Jones Silva Brown Wang Johnson Martin Kim Williams Rossi Nguyen Taylor Singh Davies Lopez
Schmidt Wilson Ali Evans Fernandez Kowalski Thomas Novak Chen Roberts Santos Johansson Walker Ivanov Wright Hansen
Robinson Dubois Thompson Yamamoto White Costa Hughes Nielsen Edwards Haddad Green Moreau Lewis Okafor Wood Fischer
Harris Ferrari Martinez Sato Jackson Weber Clarke Pereira Scott Bernard Cooper Petrov King Gupta Lee Andersson Hill
Romano Baker Meyer Turner Hernandez Morris Park Ward Popescu Moore Larsen Clark Mendes Allen Wagner Bennett Horvat
Mitchell Laurent Carter Tanaka Parker Jensen Cook Ricci Bailey Gonzalez Bell Becker Murphy Suzuki Kelly Virtanen
Richardson Marino Cox Petit Marshall Hoffmann Miller Rodrigues Collins Kaya Anderson Lindberg Gray Papadopoulos
Simpson Dvořák Shaw Alves Rogers Greco Campbell Richter Watson Nowak Butler Bakker Foster Demir O'Brien Klein Reid
Farah Stewart Visser Holmes Costello Ross Bruno Hunt Lefèvre Palmer Schulz Fox Gallo Stone Vargas Webb Koch Barnes
Jansen Dean Rahman Knight Mancini Mason Berg Dixon Castillo Black Wolf Byrne Conti Gibson Haas Fletcher Delgado
Boyd Krüger Hart Lombardi Perry Nieminen Long Barbieri Crawford Østergaard Burton MacDonald Armitage Sørensen Frost
Lindqvist Pennington Hawthorne Winterbourne Featherstone Abernathy Quillfeather Montgomery Vandermeer Castellanos
Zimmermann Thistlewood Oyelaran Wojciechowski Achterberg Llewellyn-Jones Blackadder Castlereagh Drinkwater Pomeroy
`
  .trim()
  .split(/\s+/);

/** What invented last names are made of: so many of them that hardly two users share one. */
export const SYLLABLES: readonly string[] =
  'zel bro vin kra tho mun dai qua rix pol gav hest yor lun fex wim sta jor ulb nax cri odo phy bex tal'.split(
    ' ',
  );

export const INTERESTS: readonly string[] = `
film|tea|cycling|chess|bread|trains|poetry|birds|jazz|climbing|maps|rust and Go|gardens|football|old cameras|sailing
running|synthesisers|ceramics|board games|mountains|street art|coffee|history|swimming|dogs|cats|typography|noodles
`
  .trim()
  .split(/[|\n]/);

export const CITIES: readonly string[] = `
London|Lagos|Berlin|São Paulo|Kyoto|Lisbon|Manchester|Warsaw|Karachi|Oslo|Toronto|Lyon|Nairobi|Porto|Seoul|Bristol
Istanbul|Vienna|Mexico City|Athens|Dublin|Prague|Hanoi|Turin|Leeds|Malmö|Bucharest|Cape Town|Melbourne|Rotterdam
`
  .trim()
  .split(/[|\n]/);
